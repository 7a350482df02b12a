"""Users, roles, one's own account, and the audit log."""

from support.api import Api
from support.case import BrowserCase
from support.goods import number, product
from support.site import LOGIN, PASSWORD, URL


class PeopleTests(BrowserCase):
    def test_makes_and_changes_a_user(self):
        own = number()
        self.go("/usuarios")
        self.press("Novo usuário")
        self.write("Nome", f"Pessoa {own}")
        self.write("Usuário", f"pessoa{own}")
        self.write("Senha", "curta")
        self.press("Salvar")
        self.see("Use ao menos 10 caracteres.")
        self.write("Senha", "uma-boa-frase-42")
        self.choose("Perfil", "Consulta")
        self.press("Salvar")
        self.dialog_closed()
        self.see(f"Pessoa {own}", "tbody")
        self.see("nunca entrou", "tbody")
        Api(f"pessoa{own}", "uma-boa-frase-42")
        self.go("/usuarios")
        row = lambda: next(row.text for row in self.all("tbody tr") if f"Pessoa {own}" in row.text)
        self.until(lambda: "nunca entrou" not in row(), "the last login is not shown")
        self.press(f"Editar Pessoa {own}")
        self.choose("Perfil", "Operação")
        self.pick("Pode entrar no sistema")
        self.press("Salvar")
        self.dialog_closed()
        self.see("inativo", "tbody")
        user = next(user for user in self.api.get("/users", limit=200)["items"] if user["login"] == f"pessoa{own}")
        self.assertEqual(("operator", False), (user["role"], user["active"]))

    def test_a_viewer_sees_and_changes_nothing(self):
        own = number()
        made = product(self.api, "Só visto", stock=1)
        self.api.post(
            "/users", {"login": f"vista{own}", "name": "Só Vê", "role": "viewer", "password": "uma-boa-frase-42"}
        )
        self.forget_user()
        self.user = (f"vista{own}", "uma-boa-frase-42")
        self.sign_in()
        try:
            self.go(f"/produtos/{made['id']}")
            self.assertNotIn("Editar", self.words("main"))
            self.assertNotIn("Novo movimento", self.words("main"))
            self.assertNotIn("Usuários", self.words(".side"))
            self.go("/usuarios")
            self.see("Acesso não permitido")
        finally:
            self.user = (LOGIN, PASSWORD)
            self.forget_user()

    def test_a_token_is_shown_once_works_and_is_revoked(self):
        own = number()
        self.go("/conta")
        self.press("Novo token")
        self.write("Nome", f"caixa {own}")
        self.press("Criar token")
        self.see("Copie-o agora")
        secret = self.words("dialog code").strip()
        self.assertTrue(secret.startswith("est_"))
        self.press("Pronto")
        self.see(f"caixa {own}")
        self.assertNotIn(secret, self.driver.page_source)
        self.press(f"Revogar caixa {own}")
        self.see("Revogar o token?")
        self.press("Revogar")
        self.see_not(f"caixa {own}", "main")

    def test_a_password_is_changed_only_with_the_old_one(self):
        own = number()
        self.api.post(
            "/users", {"login": f"troca{own}", "name": "Troca Senha", "role": "viewer", "password": "uma-boa-frase-42"}
        )
        self.forget_user()
        self.user = (f"troca{own}", "uma-boa-frase-42")
        self.sign_in()
        try:
            self.go("/conta")
            self.write("Senha atual", "não era esta")
            self.write("Nova senha", "outra-boa-frase-43")
            self.write("Nova senha de novo", "outra-boa-frase-4")
            self.press("Trocar senha")
            self.see("As duas não são iguais.")
            self.write("Nova senha de novo", "outra-boa-frase-43")
            self.press("Trocar senha")
            self.until(lambda: self.all("[aria-invalid=true], .banner.bad:not([hidden])"), "a wrong password was taken")
            self.write("Senha atual", "uma-boa-frase-42")
            self.press("Trocar senha")
            self.see("Senha trocada")
            Api(f"troca{own}", "outra-boa-frase-43")
        finally:
            self.user = (LOGIN, PASSWORD)
            self.forget_user()

    def test_the_audit_log_tells_who_did_what(self):
        made = product(self.api, "Auditado")
        self.go("/auditoria?acao=product")
        self.see("product.create", "tbody")
        self.see(made["code"], "tbody")

    def test_registers_are_changed(self):
        own = number()
        self.go("/cadastros")
        self.press("Nova categoria")
        self.write("Nome", f"Grupo {own}")
        self.press("Salvar")
        self.dialog_closed()
        self.see(f"Grupo {own}")
        self.press(f"Renomear Grupo {own}")
        self.write("Nome", f"Turma {own}")
        self.press("Salvar")
        self.dialog_closed()
        self.see(f"Turma {own}")
        self.press(f"Excluir Turma {own}")
        self.press("Excluir")
        self.see_not(f"Turma {own}", "main")
        self.press("Novo local")
        self.write("Código", f"L{own}")
        self.write("Nome", f"Prateleira {own}")
        self.press("Salvar")
        self.dialog_closed()
        self.see(f"Prateleira {own}")
        self.assertTrue(self.driver.current_url.startswith(URL))
