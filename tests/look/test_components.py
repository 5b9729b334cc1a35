"""Each component keeps its promise: fields are tied to their notes, closed buttons say why, names are only text."""

import pytest

from portal.demo.style import SampleForm
from portal.templatetags import look
from tests.look.drawing import part


def test_a_field_is_tied_to_its_help_and_errors() -> None:
    drawn = part('<c-field :field="field" />', field=SampleForm({"email": "x"})["email"])
    control = drawn.xpath("//input")[0]

    assert control.get("aria-invalid") == "true"
    assert control.get("aria-describedby").split() == ["id_email_helptext", "id_email_error"]
    assert set(control.get("aria-describedby").split()) <= set(drawn.xpath("//@id"))


@pytest.mark.parametrize(("name", "tag"), [("email", "form-control"), ("role", "form-select")])
def test_a_control_gets_the_class_of_its_kind(name: str, tag: str) -> None:
    assert f'class="{tag}"' in look.control(SampleForm()[name])


def test_a_set_of_dots_has_a_legend() -> None:
    drawn = part('<c-field :field="field" />', field=SampleForm()["grace"])

    assert [legend.text for legend in drawn.xpath("//fieldset/legend")] == ["The present token"]
    assert len(drawn.xpath("//input[@type='radio']")) == 2


def test_a_closed_button_says_why() -> None:
    drawn = part('<c-button disabled="yes" reason="The last owner stays.">Remove</c-button>')
    button = drawn.xpath("//button[@disabled]")[0]

    assert drawn.xpath(f"//*[@id='{button.get('aria-describedby')}']")[0].text == "The last owner stays."


def test_a_link_that_is_closed_leads_nowhere() -> None:
    drawn = part('<c-button href="/members/add/" disabled="yes">Add</c-button>')

    assert drawn.xpath("//a") == []
    assert len(drawn.xpath("//button[@disabled]")) == 1


def test_a_name_from_the_idp_is_only_text() -> None:
    drawn = part('<c-person :name="name" :email="name" :href="name" />', name='"><script>x</script>')

    assert drawn.xpath("//script") == []


def test_a_form_carries_the_team_it_was_drawn_for() -> None:
    drawn = part('<c-form action="/x/">y</c-form>', team={"pk": "team-1"})

    assert drawn.xpath("//input[@name='team']/@value") == ["team-1"]


@pytest.mark.parametrize(("used", "width", "full"), [(0, "0", False), (125, "500", False), (250, "1000", True)])
def test_a_gauge_is_as_long_as_its_share(used: int, width: str, full: bool) -> None:
    bar = part('<c-gauge :used="used" :total="250" label="x" />', used=used).xpath("//rect")[-1]

    assert bar.get("width") == width
    assert (bar.get("class") == "sg-gauge-full") is full


def test_a_dialog_opens_by_its_address_and_asks_for_the_name() -> None:
    drawn = part(
        '<c-button dialog="d">Go</c-button><c-dialog id="d" action="/x/" confirm="Go" confirm_text="Acme">y</c-dialog>'
    )

    assert drawn.xpath("//a[@data-dialog]/@href") == ["#d"]
    assert drawn.xpath("//dialog[@id='d']//input[@required]/@data-confirm-text") == ["Acme"]


def test_a_component_does_not_borrow_from_the_page_around_it() -> None:
    drawn = part('<c-card title="t">x</c-card><c-alert>x</c-alert>', title="The page's title", actions="buttons")

    assert "The page's title" not in drawn.text_content()
    assert "buttons" not in drawn.text_content()


def test_a_moment_can_stand_before_a_full_stop() -> None:
    drawn = part("Since <c-when />.")

    assert " ".join(drawn.text_content().split()) == "Since Never."
