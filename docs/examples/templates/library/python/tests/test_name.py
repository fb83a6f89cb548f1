import ${{ values.module }}


def test_name():
    assert ${{ values.module }}.NAME == "${{ values.name }}"
