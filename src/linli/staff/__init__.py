"""Who works here: accounts, posts, areas of duty, departments (岗)."""
