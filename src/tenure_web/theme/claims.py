"""What the palette can find."""

from tenure_web.customers.find import find
from tenure_web.theme.finders import register

register(find)
