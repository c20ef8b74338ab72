"""Messages of agents to shoppers with what they ask for, written and labelled by people who did not know the scenarios."""
