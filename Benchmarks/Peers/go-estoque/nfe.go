package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The documents as encoding/xml reads them: a struct for what is kept, everything else skipped.

type nfeProc struct {
	NFe     nfe `xml:"NFe"`
	InfProt struct {
		ChNFe    string `xml:"chNFe"`
		DhRecbto string `xml:"dhRecbto"`
		NProt    string `xml:"nProt"`
		CStat    string `xml:"cStat"`
		XMotivo  string `xml:"xMotivo"`
	} `xml:"protNFe>infProt"`
}

type enviNFe struct {
	NFe []nfe `xml:"NFe"`
}

type nfe struct {
	InfNFe struct {
		ID     string `xml:"Id,attr"`
		Versao string `xml:"versao,attr"`
		Ide    struct {
			CUF    string   `xml:"cUF"`
			CNF    string   `xml:"cNF"`
			NatOp  string   `xml:"natOp"`
			Mod    string   `xml:"mod"`
			Serie  string   `xml:"serie"`
			NNF    string   `xml:"nNF"`
			DhEmi  string   `xml:"dhEmi"`
			DEmi   string   `xml:"dEmi"`
			TpNF   string   `xml:"tpNF"`
			TpEmis string   `xml:"tpEmis"`
			CDV    string   `xml:"cDV"`
			TpAmb  string   `xml:"tpAmb"`
			FinNFe string   `xml:"finNFe"`
			RefNFe []string `xml:"NFref>refNFe"`
		} `xml:"ide"`
		Emit  party  `xml:"emit"`
		Dest  *party `xml:"dest"`
		Det   []det  `xml:"det"`
		Total struct {
			VProd  string `xml:"vProd"`
			VFrete string `xml:"vFrete"`
			VSeg   string `xml:"vSeg"`
			VDesc  string `xml:"vDesc"`
			VOutro string `xml:"vOutro"`
			VNF    string `xml:"vNF"`
		} `xml:"total>ICMSTot"`
	} `xml:"infNFe"`
}

type party struct {
	CNPJ          string `xml:"CNPJ"`
	CPF           string `xml:"CPF"`
	IDEstrangeiro string `xml:"idEstrangeiro"`
	XNome         string `xml:"xNome"`
	IE            string `xml:"IE"`
}

type det struct {
	NItem int `xml:"nItem,attr"`
	Prod  struct {
		CProd    string `xml:"cProd"`
		CEAN     string `xml:"cEAN"`
		XProd    string `xml:"xProd"`
		NCM      string `xml:"NCM"`
		CEST     string `xml:"CEST"`
		CFOP     string `xml:"CFOP"`
		UCom     string `xml:"uCom"`
		QCom     string `xml:"qCom"`
		VUnCom   string `xml:"vUnCom"`
		VProd    string `xml:"vProd"`
		CEANTrib string `xml:"cEANTrib"`
		UTrib    string `xml:"uTrib"`
		QTrib    string `xml:"qTrib"`
		VUnTrib  string `xml:"vUnTrib"`
		VFrete   string `xml:"vFrete"`
		VSeg     string `xml:"vSeg"`
		VDesc    string `xml:"vDesc"`
		VOutro   string `xml:"vOutro"`
		IndTot   string `xml:"indTot"`
		Rastro   []struct {
			NLote string `xml:"nLote"`
			QLote string `xml:"qLote"`
			DFab  string `xml:"dFab"`
			DVal  string `xml:"dVal"`
		} `xml:"rastro"`
	} `xml:"prod"`
}

// Invoice is a document that was read and validated.
type Invoice struct {
	Key        string
	Issued     time.Time
	Authorised bool
	Warnings   []string
	Items      []Item
}

// Item is one line of an invoice, its numbers scaled.
type Item struct {
	Number            int
	Code, Name, Unit  string
	CFOP              string
	Quantity, Taxable int64 // ten-thousandths
	Total             int64 // centavos
}

// Parse reads the invoices of a file.
func Parse(file []byte) ([]Invoice, error) {
	if bytes.Contains(file, []byte("<!DOCTYPE")) {
		return nil, errors.New("document type")
	}
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	decoder := xml.NewDecoder(bytes.NewReader(file))
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		start, isStart := token.(xml.StartElement)
		if !isStart {
			continue
		}
		switch start.Name.Local {
		case "nfeProc":
			var document nfeProc
			if err := decoder.DecodeElement(&document, &start); err != nil {
				return nil, err
			}
			invoice, err := document.NFe.validate()
			if err != nil {
				return nil, err
			}
			prot := document.InfProt
			invoice.Authorised = prot.ChNFe == invoice.Key && (prot.CStat == "100" || prot.CStat == "150")
			return []Invoice{invoice}, nil
		case "NFe":
			var document nfe
			if err := decoder.DecodeElement(&document, &start); err != nil {
				return nil, err
			}
			invoice, err := document.validate()
			return []Invoice{invoice}, err
		case "enviNFe":
			var document enviNFe
			if err := decoder.DecodeElement(&document, &start); err != nil {
				return nil, err
			}
			var invoices []Invoice
			for _, one := range document.NFe {
				invoice, err := one.validate()
				if err != nil {
					return nil, err
				}
				invoices = append(invoices, invoice)
			}
			return invoices, nil
		default:
			return nil, fmt.Errorf("root %s", start.Name.Local)
		}
	}
}

func (document *nfe) validate() (Invoice, error) {
	inf := &document.InfNFe
	invoice := Invoice{Key: strings.TrimPrefix(inf.ID, "NFe")}
	if !validKey(invoice.Key) {
		return invoice, fmt.Errorf("key %q", invoice.Key)
	}
	if inf.Versao != "4.00" && inf.Versao != "3.10" && inf.Versao != "2.00" {
		return invoice, fmt.Errorf("layout %q", inf.Versao)
	}
	if inf.Ide.Mod != "55" && inf.Ide.Mod != "65" {
		return invoice, fmt.Errorf("model %q", inf.Ide.Mod)
	}
	var err error
	if inf.Ide.DhEmi != "" {
		invoice.Issued, err = time.Parse(time.RFC3339, inf.Ide.DhEmi)
	} else {
		invoice.Issued, err = time.Parse(time.DateOnly, inf.Ide.DEmi)
	}
	if err != nil {
		return invoice, err
	}
	if !oneOf(inf.Ide.TpNF, "0", "1") || !oneOf(inf.Ide.TpAmb, "1", "2") ||
		!oneOf(inf.Ide.FinNFe, "1", "2", "3", "4", "5", "6") {
		return invoice, errors.New("code")
	}
	issuer := inf.Emit.CNPJ + inf.Emit.CPF
	if issuer == "" {
		return invoice, errors.New("no emitter")
	}
	if !validCNPJ(inf.Emit.CNPJ) {
		invoice.Warnings = append(invoice.Warnings, "emitter")
	}
	if len(inf.Det) == 0 || len(inf.Det) > 990 {
		return invoice, errors.New("items")
	}
	key := invoice.Key
	for _, part := range [][2]string{
		{key[0:2], inf.Ide.CUF}, {key[2:6], invoice.Issued.Format("0601")}, {key[6:20], pad(issuer, 14)},
		{key[20:22], inf.Ide.Mod}, {key[22:25], pad(inf.Ide.Serie, 3)}, {key[25:34], pad(inf.Ide.NNF, 9)},
		{key[34:35], inf.Ide.TpEmis}, {key[35:43], pad(inf.Ide.CNF, 8)}, {key[43:44], inf.Ide.CDV},
	} {
		if part[0] != part[1] {
			invoice.Warnings = append(invoice.Warnings, "key "+part[0]+" "+part[1])
		}
	}
	var sum int64
	invoice.Items = make([]Item, 0, len(inf.Det))
	for index := range inf.Det {
		item, total, err := inf.Det[index].validate(&invoice)
		if err != nil {
			return invoice, fmt.Errorf("item %d: %w", inf.Det[index].NItem, err)
		}
		sum += total
		invoice.Items = append(invoice.Items, item)
	}
	goods, err := decimal(inf.Total.VProd, 2)
	if err != nil {
		return invoice, err
	}
	if goods != sum {
		invoice.Warnings = append(invoice.Warnings, "total")
	}
	for _, text := range []string{inf.Total.VFrete, inf.Total.VSeg, inf.Total.VDesc, inf.Total.VOutro, inf.Total.VNF} {
		if _, err := decimal(text, 2); err != nil {
			return invoice, err
		}
	}
	return invoice, nil
}

func (line *det) validate(invoice *Invoice) (Item, int64, error) {
	prod := &line.Prod
	item := Item{
		Number: line.NItem, Code: prod.CProd, Name: prod.XProd, CFOP: prod.CFOP,
		Unit: strings.ToUpper(strings.TrimSpace(prod.UCom)),
	}
	if item.Number < 1 || item.Number > 990 || item.Code == "" || item.Name == "" || item.Unit == "" {
		return item, 0, errors.New("missing")
	}
	if len(item.CFOP) != 4 || !strings.ContainsAny(item.CFOP[:1], "123567") || !digits(item.CFOP) {
		return item, 0, errors.New("CFOP")
	}
	if prod.NCM != "" && (len(prod.NCM) != 8 && len(prod.NCM) != 2 || !digits(prod.NCM)) {
		invoice.Warnings = append(invoice.Warnings, "NCM")
	}
	for _, gtin := range []string{prod.CEAN, prod.CEANTrib} {
		if gtin != "" && gtin != "SEM GTIN" && !validGTIN(gtin) {
			invoice.Warnings = append(invoice.Warnings, "GTIN")
		}
	}
	if prod.QCom == "" || prod.VProd == "" {
		return item, 0, errors.New("missing")
	}
	var err error
	if item.Quantity, err = decimal(prod.QCom, 4); err != nil {
		return item, 0, err
	}
	if item.Taxable, err = decimal(prod.QTrib, 4); err != nil {
		return item, 0, err
	}
	if item.Total, err = decimal(prod.VProd, 2); err != nil {
		return item, 0, err
	}
	for _, text := range []string{prod.VFrete, prod.VSeg, prod.VDesc, prod.VOutro} {
		if _, err := decimal(text, 2); err != nil {
			return item, 0, err
		}
	}
	for _, text := range []string{prod.VUnCom, prod.VUnTrib} {
		// Eleven digits and ten decimals do not fit an int64: the two parts are checked apart.
		whole, fraction, _ := strings.Cut(text, ".")
		if len(whole) > 11 || len(fraction) > 10 || !digits(whole) || !digits(fraction) {
			return item, 0, errors.New("price")
		}
	}
	for _, lot := range prod.Rastro {
		if _, err := decimal(lot.QLote, 4); err != nil {
			return item, 0, err
		}
	}
	if prod.IndTot == "0" {
		return item, 0, nil
	}
	return item, item.Total, nil
}

// decimal reads a decimal exactly, scaled; an empty one is zero.
func decimal(text string, scale int) (int64, error) {
	if text == "" {
		return 0, nil
	}
	whole, fraction, hasFraction := strings.Cut(text, ".")
	if whole == "" || hasFraction && fraction == "" || len(fraction) > scale || !digits(whole) || !digits(fraction) {
		return 0, fmt.Errorf("number %q", text)
	}
	return strconv.ParseInt(whole+fraction+"0000"[:scale-len(fraction)], 10, 64)
}

func digits(text string) bool {
	for index := range len(text) {
		if text[index] < '0' || text[index] > '9' {
			return false
		}
	}
	return true
}

func oneOf(text string, choices ...string) bool {
	for _, choice := range choices {
		if text == choice {
			return true
		}
	}
	return false
}

func pad(text string, width int) string {
	if len(text) >= width {
		return text
	}
	return strings.Repeat("0", width-len(text)) + text
}

func modulo11(text string) byte {
	sum, weight := 0, 2
	for index := len(text) - 1; index >= 0; index-- {
		sum += int(text[index]-'0') * weight
		if weight++; weight > 9 {
			weight = 2
		}
	}
	if rest := sum % 11; rest >= 2 {
		return byte('0' + 11 - rest)
	}
	return '0'
}

func validKey(key string) bool {
	if len(key) != 44 || !digits(key[:6]) || !digits(key[18:]) || !alphanumeric(key[6:18]) {
		return false
	}
	return modulo11(key[:43]) == key[43]
}

func validCNPJ(text string) bool {
	return len(text) == 14 && alphanumeric(text[:12]) && digits(text[12:]) &&
		modulo11(text[:12]) == text[12] && modulo11(text[:13]) == text[13]
}

func alphanumeric(text string) bool {
	for index := range len(text) {
		c := text[index]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func validGTIN(text string) bool {
	if len(text) != 8 && (len(text) < 12 || len(text) > 14) || !digits(text) {
		return false
	}
	sum, weight := 0, 3
	for index := len(text) - 2; index >= 0; index-- {
		sum += int(text[index]-'0') * weight
		weight = 4 - weight
	}
	return byte('0'+(10-sum%10)%10) == text[len(text)-1]
}
