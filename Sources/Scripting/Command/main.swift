print("revoada")
