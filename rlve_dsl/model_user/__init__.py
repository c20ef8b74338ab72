"""A user in the words of a language model, which may also find what the agent asks for.

The scripted user decides what is disclosed, and everything that the model says is checked. Belongs here: requests, the
checks, the connection to a server. Does not belong here: disclosure, episodes. `openai` is imported when a model is called.
"""

from rlve_dsl.model_user.settings import ModelSettings
from rlve_dsl.model_user.shopper import ModelShopper, ModelUser
from rlve_dsl.model_user.tally import Tally

__all__ = ["ModelSettings", "ModelShopper", "ModelUser", "Tally"]
