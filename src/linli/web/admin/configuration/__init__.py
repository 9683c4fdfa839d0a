"""What a district has set up, as one file to be reviewed and taken in elsewhere (配置搬移)."""
