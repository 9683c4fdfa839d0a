"""What an outside body sees without a login; what desks wait for; the administrator's list of bodies (外部单位)."""
