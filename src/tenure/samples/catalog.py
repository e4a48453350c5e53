"""What the simulated shop sells, and where its customers come from: a tea and home shop, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CATEGORIES", "CHANNELS", "CITIES", "PRODUCTS", "Category", "Channel", "Product"]


@dataclass(frozen=True)
class Category:
    """A shelf of the shop; `peak` is the month of the year in which it sells best, `swing` how much better."""

    key: str
    en: str
    zh: str
    peak: int
    swing: float


@dataclass(frozen=True)
class Product:
    """One thing for sale; `price` in minor units, `pull` its popularity among the products of its category."""

    key: str
    category: int
    en: str
    zh: str
    price: int
    pull: float


@dataclass(frozen=True)
class Channel:
    """An acquisition channel: its share of new people, how many of them ever buy, how fast, and how loyal they are."""

    key: str
    share: float
    buys: float
    pace: float
    leaves: float


CATEGORIES = (
    Category("tea", "Tea", "茶叶", 4, 0.5),
    Category("teaware", "Teaware", "茶具", 9, 0.3),
    Category("sweets", "Sweets", "茶点", 1, 0.8),
    Category("coffee", "Coffee", "咖啡", 11, 0.3),
    Category("home", "Home", "家居", 10, 0.4),
    Category("gifts", "Gifts", "礼盒", 1, 1.2),
)

_ROWS = """
tea | longjing-50 | West Lake Longjing 50 g | 西湖龙井 50克 | 12800 | 1.4
tea | biluochun-50 | Biluochun green tea 50 g | 碧螺春 50克 | 9800 | 1.0
tea | tieguanyin-100 | Tieguanyin oolong 100 g | 铁观音 100克 | 7900 | 1.3
tea | dahongpao-80 | Da Hong Pao rock tea 80 g | 大红袍 80克 | 15800 | 0.8
tea | white-peony-100 | White Peony 100 g | 白牡丹 100克 | 8800 | 0.9
tea | pu-er-357 | Ripe Pu-erh cake 357 g | 熟普洱茶饼 357克 | 19900 | 0.7
tea | jasmine-100 | Jasmine pearls 100 g | 茉莉龙珠 100克 | 5900 | 1.6
tea | keemun-100 | Keemun black tea 100 g | 祁门红茶 100克 | 6900 | 1.1
tea | tea-bags-20 | Oolong tea bags, 20 | 乌龙茶包 20袋 | 3900 | 2.0
teaware | gaiwan-white | White porcelain gaiwan | 白瓷盖碗 | 8900 | 1.2
teaware | yixing-pot | Yixing clay teapot | 宜兴紫砂壶 | 46800 | 0.4
teaware | glass-pot | Heat-proof glass teapot | 耐热玻璃壶 | 11900 | 1.1
teaware | travel-cup | Travel tea cup | 旅行茶杯 | 7600 | 1.8
teaware | celadon-cups | Celadon cups, set of 4 | 青瓷茶杯 4只 | 13800 | 0.9
teaware | bamboo-tray | Bamboo tea tray | 竹制茶盘 | 21800 | 0.5
teaware | tea-scoop | Rosewood tea scoop | 花梨木茶匙 | 3200 | 1.0
sweets | mung-bean-cake | Mung bean cakes | 绿豆糕 | 3600 | 1.6
sweets | osmanthus-jelly | Osmanthus jelly | 桂花糕 | 2900 | 1.2
sweets | walnut-cookies | Walnut cookies | 核桃酥 | 3300 | 1.5
sweets | nougat | Milk nougat 250 g | 牛轧糖 250克 | 4200 | 1.1
sweets | dried-mango | Dried mango 200 g | 芒果干 200克 | 2600 | 1.4
sweets | sesame-brittle | Sesame brittle | 芝麻糖 | 2200 | 1.0
coffee | yunnan-beans-250 | Yunnan coffee beans 250 g | 云南咖啡豆 250克 | 7800 | 1.4
coffee | drip-bags-10 | Drip coffee bags, 10 | 挂耳咖啡 10包 | 5900 | 1.8
coffee | cold-brew-6 | Cold brew, 6 bottles | 冷萃咖啡 6瓶 | 8800 | 0.9
coffee | hand-grinder | Hand grinder | 手摇磨豆机 | 25900 | 0.4
coffee | dripper | Ceramic dripper | 陶瓷滤杯 | 9900 | 0.7
home | incense | Sandalwood incense | 檀香 | 6800 | 1.2
home | linen-runner | Linen table runner | 亚麻桌旗 | 8600 | 0.8
home | candle-gardenia | Gardenia candle | 栀子花香薰蜡烛 | 11800 | 1.3
home | cotton-throw | Cotton throw | 棉麻盖毯 | 19800 | 0.6
home | vase-small | Small stoneware vase | 粗陶花瓶 | 10800 | 0.9
home | notebook | Handmade paper notebook | 手工纸笔记本 | 4800 | 1.4
gifts | gift-tea-trio | Tea trio gift box | 三味茶礼盒 | 26800 | 1.3
gifts | gift-spring | Spring Festival gift box | 新春礼盒 | 36800 | 1.1
gifts | gift-mid-autumn | Mid-Autumn gift box | 中秋礼盒 | 32800 | 1.1
gifts | gift-mini | Mini gift bag | 小礼袋 | 9900 | 1.8
gifts | gift-teaware | Teaware gift set | 茶具礼盒 | 58800 | 0.4
"""


def _products() -> tuple[Product, ...]:
    shelf = {category.key: number for number, category in enumerate(CATEGORIES)}
    rows = (line.split(" | ") for line in _ROWS.strip().splitlines())
    return tuple(Product(key, shelf[kind], en, zh, int(price), float(pull)) for kind, key, en, zh, price, pull in rows)


PRODUCTS = _products()

CHANNELS = (
    Channel("advertising", 0.26, 0.52, 0.85, 1.25),
    Channel("social", 0.20, 0.55, 0.95, 1.10),
    Channel("content", 0.11, 0.60, 1.10, 0.85),
    Channel("search", 0.17, 0.68, 1.05, 0.95),
    Channel("community", 0.07, 0.66, 1.20, 0.75),
    Channel("offline", 0.06, 0.80, 1.00, 0.90),
    Channel("partner", 0.05, 0.62, 0.95, 1.05),
    Channel("referral", 0.08, 0.82, 1.35, 0.60),
)

CITIES = (
    ("CN", "上海", 0.16),
    ("CN", "北京", 0.13),
    ("CN", "杭州", 0.11),
    ("CN", "广州", 0.09),
    ("CN", "成都", 0.09),
    ("CN", "深圳", 0.08),
    ("CN", "苏州", 0.06),
    ("SG", "Singapore", 0.07),
    ("GB", "London", 0.06),
    ("US", "New York", 0.06),
    ("AU", "Sydney", 0.05),
    ("DE", "Berlin", 0.04),
)
