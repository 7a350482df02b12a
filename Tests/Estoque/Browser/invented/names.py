"""Invented goods, people and companies."""

CATEGORIES = ["Ferragens", "Elétrica", "Hidráulica", "Tintas", "Ferramentas", "Segurança"]

LOCATIONS = [("CENTRAL", "Depósito central"), ("LOJA", "Loja"), ("OFICINA", "Oficina")]

# Category, name, unit and cost in reais.
GOODS = [
    (0, "Parafuso sextavado {} zincado", "UN", "0.42", ["M6", "M8", "M10", "M12", "M16"]),
    (0, "Prego com cabeça {}", "KG", "18.9", ["15x15", "17x21", "18x27", "19x36"]),
    (0, "Dobradiça de aço {}", "UN", "7.35", ["2½ pol.", "3 pol.", "3½ pol."]),
    (0, "Fechadura externa {}", "UN", "89.9", ["cromada", "preta", "inox"]),
    (0, "Corrente galvanizada {}", "M", "14.2", ["4 mm", "6 mm", "8 mm"]),
    (1, "Cabo flexível {}", "M", "2.87", ["1,5 mm² azul", "2,5 mm² vermelho", "4 mm² preto", "6 mm² verde"]),
    (1, "Disjuntor monopolar {}", "UN", "11.6", ["10 A", "16 A", "20 A", "32 A"]),
    (1, "Lâmpada LED {}", "UN", "8.45", ["9 W", "12 W", "15 W"]),
    (1, "Tomada dupla {}", "UN", "16.3", ["10 A branca", "20 A branca"]),
    (2, "Tubo PVC soldável {}", "UN", "23.5", ["20 mm", "25 mm", "32 mm", "50 mm"]),
    (2, "Joelho 90° {}", "UN", "1.15", ["20 mm", "25 mm", "32 mm"]),
    (2, "Registro de esfera {}", "UN", "27.8", ["½ pol.", "¾ pol.", "1 pol."]),
    (2, "Fita veda-rosca {}", "RL", "3.9", ["10 m", "25 m"]),
    (3, "Tinta acrílica fosca {}", "LT", "289.0", ["branca 18 L", "areia 18 L", "cinza 18 L"]),
    (3, "Esmalte sintético {}", "UN", "42.7", ["branco 900 ml", "preto 900 ml", "azul 900 ml"]),
    (3, "Rolo de lã {}", "UN", "17.4", ["9 cm", "15 cm", "23 cm"]),
    (3, "Lixa d’água {}", "UN", "1.8", ["120", "220", "400"]),
    (4, "Chave combinada {}", "UN", "12.9", ["8 mm", "10 mm", "13 mm", "17 mm"]),
    (4, "Broca de aço rápido {}", "UN", "6.7", ["4 mm", "6 mm", "8 mm"]),
    (4, "Martelo unha {}", "UN", "34.5", ["25 mm", "29 mm"]),
    (4, "Alicate universal {}", "UN", "38.9", ["8 pol."]),
    (5, "Luva de raspa {}", "PAR", "13.2", ["curta", "longa"]),
    (5, "Óculos de proteção {}", "UN", "6.4", ["incolor", "fumê"]),
    (5, "Máscara PFF2 {}", "UN", "2.6", ["sem válvula", "com válvula"]),
]

SUPPLIERS = [
    ("11222333000181", "Distribuidora Serra Azul Ltda."),
    ("12ABC34501DE35", "Metalúrgica Vale do Aço S.A."),
    ("45723174000110", "Elétrica São João Comércio Ltda."),
    ("07526557000100", "Tintas & Cores do Sul Ltda."),
]

USERS = [
    ("ana", "Ana Beatriz Souza", "admin"),
    ("otavio", "Otávio Lima", "operator"),
    ("vera", "Vera Costa", "viewer"),
]

PASSWORD = "estoque-de-teste"

# Names that would do harm if they became markup.
ATTACKS = [
    '<img src=x onerror="window.invaded=1">',
    "<script>window.invaded=1</script> & \"aspas\" 'simples'",
]
