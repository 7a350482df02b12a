import Foundation

/// A folder with schemas that look like the official ones and know a few elements only.
package struct TinySchemas {
  package let folder: URL

  package init() throws {
    // A name with blanks and accents, as people have them.
    folder = FileManager.default.temporaryDirectory.appending(path: "Esquemas da NF-e nº \(UUID())")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "eventos"), withIntermediateDirectories: true)
    try write("leiauteNFe_v4.00.xsd", Self.layout)
    try write("nfe_v4.00.xsd", Self.schema(of: "NFe", "TNFe", in: "leiauteNFe_v4.00.xsd"))
    try write("procNFe_v4.00.xsd", Self.schema(of: "nfeProc", "TNfeProc", in: "leiauteNFe_v4.00.xsd"))
    try write("eventos/leiauteEvento.xsd", Self.events)
    try write(
      "eventos/eventoCancNFe_v1.00.xsd", Self.schema(of: "evento", "TEvento", in: "leiauteEvento.xsd"))
    try write(
      "eventos/procEventoCancNFe_v1.00.xsd",
      Self.schema(of: "procEventoNFe", "TProcEvento", in: "leiauteEvento.xsd"))
  }

  package func remove() { try? FileManager.default.removeItem(at: folder) }

  package func write(_ name: String, _ text: String) throws {
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  private static let head = """
    <?xml version="1.0" encoding="UTF-8"?>
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="http://www.portalfiscal.inf.br/nfe"
      targetNamespace="http://www.portalfiscal.inf.br/nfe" elementFormDefault="qualified">
    """

  package static func schema(of element: String, _ type: String, in file: String) -> String {
    head
      + "<xs:include schemaLocation=\"\(file)\"/><xs:element name=\"\(element)\" type=\"\(type)\"/></xs:schema>"
  }

  private static let layout =
    head + """
      <xs:complexType name="Any"><xs:sequence>
        <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence>
        <xs:anyAttribute processContents="skip"/></xs:complexType>
      <xs:simpleType name="Text"><xs:restriction base="xs:string">
        <xs:minLength value="1"/><xs:maxLength value="60"/><xs:pattern value="[!-ÿ]{1}[ -ÿ]{0,}[!-ÿ]{1}|[!-ÿ]{1}"/>
      </xs:restriction></xs:simpleType>
      <xs:complexType name="TNFe"><xs:sequence>
        <xs:element name="infNFe"><xs:complexType>
          <xs:sequence>
            <xs:element name="ide"><xs:complexType><xs:sequence>
              <xs:element name="cUF"><xs:simpleType><xs:restriction base="xs:string">
                <xs:enumeration value="35"/><xs:enumeration value="41"/></xs:restriction></xs:simpleType></xs:element>
              <xs:element name="cNF"><xs:simpleType><xs:restriction base="xs:string">
                <xs:pattern value="[0-9]{8}"/></xs:restriction></xs:simpleType></xs:element>
              <xs:element name="natOp" type="Text"/>
              <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>
            </xs:sequence></xs:complexType></xs:element>
            <xs:element name="emit" type="Any"/><xs:element name="dest" type="Any"/>
            <xs:element name="det" maxOccurs="990"><xs:complexType>
              <xs:sequence><xs:element name="prod" type="Any"/><xs:element name="imposto" type="Any"/></xs:sequence>
              <xs:attribute name="nItem" use="required"><xs:simpleType><xs:restriction base="xs:int">
                <xs:maxInclusive value="990"/></xs:restriction></xs:simpleType></xs:attribute>
            </xs:complexType></xs:element>
            <xs:element name="total" type="Any"/>
            <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>
          </xs:sequence>
          <xs:attribute name="Id" type="xs:ID" use="required"/><xs:attribute name="versao" use="required"/>
        </xs:complexType>
        <xs:unique name="item"><xs:selector xpath="./*"/><xs:field xpath="@nItem"/></xs:unique></xs:element>
        <xs:any namespace="##other" processContents="skip"/>
      </xs:sequence></xs:complexType>
      <xs:complexType name="TNfeProc"><xs:sequence>
        <xs:element name="NFe" type="TNFe"/><xs:element name="protNFe" type="Any"/></xs:sequence>
        <xs:attribute name="versao" use="required"/></xs:complexType>
      </xs:schema>
      """

  private static let events =
    head + """
      <xs:complexType name="Any"><xs:sequence>
        <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence>
        <xs:anyAttribute processContents="skip"/></xs:complexType>
      <xs:complexType name="TEvento"><xs:sequence>
        <xs:element name="infEvento"><xs:complexType><xs:sequence>
          <xs:element name="cOrgao"><xs:simpleType><xs:restriction base="xs:string">
            <xs:length value="2"/></xs:restriction></xs:simpleType></xs:element>
          <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence>
          <xs:attribute name="Id" type="xs:ID" use="required"/></xs:complexType></xs:element></xs:sequence>
        <xs:attribute name="versao" use="required"/></xs:complexType>
      <xs:complexType name="TProcEvento"><xs:sequence>
        <xs:element name="evento" type="TEvento"/><xs:element name="retEvento" type="Any"/></xs:sequence>
        <xs:attribute name="versao" use="required"/></xs:complexType>
      </xs:schema>
      """
}
