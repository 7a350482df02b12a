"""NF-e documents that are well-formed, with keys whose digits check."""

from .goods import number
from .site import COMPANY

EMITTER = "11222333000181"


def digit(text):
    """The check digit by modulo 11, weights 2 to 9 from the right."""
    total = sum((ord(character) - 48) * (2 + index % 8) for index, character in enumerate(reversed(text)))
    rest = total % 11
    return "0" if rest < 2 else str(11 - rest)


def invoice(items, is_authorised=False, supplier="Fornecedor de Teste Ltda.", operation=1):
    """The bytes of a document; items are (code, name, unit, quantity, price). Bare ones go to review, and so do
    those of operation 0, whose direction somebody has to decide."""
    own = number() % 10**9
    base = f"352611{EMITTER}55001{own:09d}1{own % 10**8:08d}"
    key = base + digit(base)
    total = sum(quantity * price for *_, quantity, price in items)
    lines = "".join(
        f'<det nItem="{index}"><prod><cProd>{code}</cProd><cEAN>SEM GTIN</cEAN><xProd>{name}</xProd><NCM>73181500</NCM><CFOP>5102</CFOP>'
        f"<uCom>{unit}</uCom><qCom>{quantity:.4f}</qCom><vUnCom>{price:.4f}</vUnCom><vProd>{quantity * price:.2f}</vProd><cEANTrib>SEM GTIN</cEANTrib>"
        f"<uTrib>{unit}</uTrib><qTrib>{quantity:.4f}</qTrib><vUnTrib>{price:.4f}</vUnTrib><indTot>1</indTot></prod><imposto></imposto></det>"
        for index, (code, name, unit, quantity, price) in enumerate(items, 1)
    )
    address = "<xLgr>Rua dos Exemplos</xLgr><nro>100</nro><xBairro>Centro</xBairro><cMun>3550308</cMun><xMun>Cidade Exemplo</xMun><UF>SP</UF><CEP>01000000</CEP>"
    zeros = "".join(
        f"<{name}>0.00</{name}>" for name in ("vFrete", "vSeg", "vDesc", "vII", "vIPI", "vPIS", "vCOFINS", "vOutro")
    )
    note = (
        f'<NFe xmlns="http://www.portalfiscal.inf.br/nfe"><infNFe Id="NFe{key}" versao="4.00"><ide><cUF>35</cUF><cNF>{own % 10**8:08d}</cNF>'
        f"<natOp>Venda</natOp><mod>55</mod><serie>1</serie><nNF>{own}</nNF><dhEmi>2026-11-10T10:30:00-03:00</dhEmi><tpNF>{operation}</tpNF><idDest>1</idDest>"
        f"<cMunFG>3550308</cMunFG><tpImp>1</tpImp><tpEmis>1</tpEmis><cDV>{key[-1]}</cDV><tpAmb>1</tpAmb><finNFe>1</finNFe><indFinal>0</indFinal>"
        f"<indPres>1</indPres><procEmi>0</procEmi><verProc>TESTE</verProc></ide><emit><CNPJ>{EMITTER}</CNPJ><xNome>{supplier}</xNome>"
        f"<enderEmit>{address}</enderEmit><IE>111111111111</IE><CRT>3</CRT></emit><dest><CNPJ>{COMPANY}</CNPJ><xNome>Empresa</xNome>"
        f"<enderDest>{address}</enderDest><indIEDest>9</indIEDest></dest>{lines}<total><ICMSTot><vProd>{total:.2f}</vProd>{zeros}<vNF>{total:.2f}</vNF>"
        f"</ICMSTot></total><transp><modFrete>9</modFrete></transp></infNFe></NFe>"
    )
    if not is_authorised:
        return own, f'<?xml version="1.0" encoding="UTF-8"?>{note}'.encode()
    return own, (
        f'<?xml version="1.0" encoding="UTF-8"?><nfeProc xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00">{note}<protNFe versao="4.00"><infProt>'
        f"<tpAmb>1</tpAmb><verAplic>TESTE</verAplic><chNFe>{key}</chNFe><dhRecbto>2026-11-10T10:31:00-03:00</dhRecbto><nProt>135260000000001</nProt>"
        f"<digVal>AAAA</digVal><cStat>100</cStat><xMotivo>Autorizado o uso da NF-e</xMotivo></infProt></protNFe></nfeProc>"
    ).encode()
