"""Payment (支付): orders per payee, their states, files for the bank and the bank's answers."""
