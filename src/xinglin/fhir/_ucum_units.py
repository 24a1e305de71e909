"""The units that are known: prefixes, base and derived units, arbitrary and special ones.

Facts of https://ucum.org/ucum tables 1 to 26; values as defined there and by SI and customary law.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Entry(NamedTuple):
    """A unit: ``factor`` times the UCUM expression ``of``; ``metric`` ones take prefixes."""

    factor: Fraction
    of: str
    metric: bool = False


class Special(NamedTuple):
    """A unit on a ratio scale with a shifted zero: ``base = (value + offset) * factor``."""

    base: str
    factor: Fraction
    offset: Fraction


PREFIXES = {
    symbol: Fraction(10) ** power
    for symbol, power in {
        "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
        "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21,
        "y": -24,
    }.items()
} | {"Ki": Fraction(1024), "Mi": Fraction(1024**2), "Gi": Fraction(1024**3)}  # fmt: skip

SPECIAL = {
    "Cel": Special("K", Fraction(1), Fraction(27315, 100)),
    "[degF]": Special("K", Fraction(5, 9), Fraction(45967, 100)),
    "[degRe]": Special("K", Fraction(5, 4), Fraction(21852, 100)),
}

# Units that measure by a procedure or on a logarithm: each is comparable with itself alone.
ARBITRARY = frozenset(
    """
[iU] [arb'U] [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U]
[bdsk'U] [ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [IR]
[BAU] [AU] [Amb'a'1'U] [PNU] [Lf] [D'ag'U] [FEU] [ELU] [EU] [hp_X] [hp_C] [hp_M] [hp_Q]
[kp_X] [kp_C] [kp_M] [kp_Q] [pH] Np B B[SPL] B[V] B[mV] B[uV] B[10.nV] B[W] B[kW]
[m/s2/Hz^0.5] bit_s [HPF] [LPF] [S] [p'diop] %[slope] [hnsf'U]
""".split()  # noqa: SIM905 (a table reads better as one)
)

_PI = Fraction("3.1415926535897932384626433832795028841971693993751058209749445923")


def _table(text: str, *, metric: bool) -> dict[str, Entry]:
    """Read lines of ``symbol factor expression``; a factor is a product of a/b and p, for pi."""
    units: dict[str, Entry] = {}
    for line in text.strip().splitlines():
        symbol, factor, of = line.split()
        value = Fraction(1)
        for part in factor.split("*"):
            value *= _PI if part == "p" else 1 / _PI if part == "1/p" else Fraction(part)
        units[symbol] = Entry(value, of, metric)
    return units


UNITS = _table(
    """
m 1 m
s 1 s
g 1 g
K 1 K
C 1 C
cd 1 cd
rad 1 rad
mol 1 mol
sr 1 rad2
Hz 1 s-1
N 1000 g.m/s2
Pa 1 N/m2
J 1 N.m
W 1 J/s
A 1 C/s
V 1 J/C
F 1 C/V
Ohm 1 V/A
S 1 A/V
Wb 1 V.s
T 1 Wb/m2
H 1 Wb/A
lm 1 cd.sr
lx 1 lm/m2
Bq 1 s-1
Gy 1 J/kg
Sv 1 J/kg
l 1 dm3
L 1 dm3
ar 100 m2
t 1000000 g
bar 100000 Pa
u 1.66053906660e-24 g
eV 1.602176634e-19 J
pc 3.085678e16 m
[c] 299792458 m/s
[h] 6.62607015e-34 J.s
[k] 1.380649e-23 J/K
[e] 1.602176634e-19 C
[g] 9.80665 m/s2
[G] 6.67430e-11 m3.kg-1.s-2
[m_e] 9.1093837015e-28 g
[m_p] 1.67262192369e-24 g
[eps_0] 8.8541878128e-12 F/m
[mu_0] 4*p*1/10000000 N/A2
Gal 1 cm/s2
Ky 1 cm-1
eq 1 mol
osm 1 mol
kat 1 mol/s
U 1/60 umol/s
cal 4.184 J
[IU] 1 [iU]
cal_[15] 4.18580 J
cal_[20] 4.18190 J
cal_m 4.19002 J
cal_IT 4.1868 J
cal_th 4.184 J
dyn 1 g.cm/s2
erg 1 dyn.cm
P 1 dyn.s/cm2
Bi 10 A
St 1 cm2/s
Mx 1e-8 Wb
G 1e-4 T
Oe 250*1/p A/m
Gb 1 Oe.cm
sb 1 cd/cm2
Lmb 1 cd/cm2
ph 1e-4 lx
Ci 37000000000 Bq
R 2.58e-4 C/kg
RAD 1 cGy
REM 1 cSv
mho 1 S
g% 1 g/dl
st 1 m3
tex 1 g/km
bit 1 {bit}
By 8 {bit}
Bd 1 s-1
m[H2O] 9806.65 Pa
m[Hg] 133322.4 Pa
[m/s2] 1 m/s2
gf 9.80665 g.m/s2
""",
    metric=True,
) | _table(
    """
% 1/100 {x}
[ppth] 1/1000 {x}
[ppm] 1/1000000 {x}
[ppb] 1/1000000000 {x}
[pptr] 1/1000000000000 {x}
10* 10 {x}
10^ 10 {x}
[pi] p {x}
gon p*1/200 rad
deg p*1/180 rad
' p*1/10800 rad
'' p*1/648000 rad
circ 2*p rad
sph 4*p sr
min 60 s
h 3600 s
d 86400 s
wk 604800 s
a 31557600 s
a_t 31556925.216 s
a_j 31557600 s
a_g 31556952 s
mo 2629800 s
mo_s 2551442.976 s
mo_j 2629800 s
mo_g 2629746 s
AU 149597870691 m
atm 101325 Pa
[ly] 9460730472580800 m
lbf_av 4.4482216152605 N
[lbf_av] 4.4482216152605 N
Ao 1e-10 m
b 1e-28 m2
att 98066.5 Pa
[psi] 6894.757293168361 Pa
[in_i'H2O] 249.08891 Pa
[in_i'Hg] 3386.38896 Pa
[Cal] 4184 J
[Btu] 1 [Btu_th]
[Btu_39] 1059.67 J
[Btu_59] 1054.80 J
[Btu_60] 1054.68 J
[Btu_IT] 1055.05585262 J
[Btu_m] 1055.87 J
[Btu_th] 1054.350 J
[HP] 745.69987158227022 W
[PRU] 1 mm[Hg].s/ml
[MET] 3.5 mL/min/kg
[car_Au] 1/24 {x}
[wood'U] 1 mm[Hg].min/L
[diop] 1 m-1
[mesh_i] 1 [in_i]-1
[Ch] 1/3 mm
[drp] 1/20 ml
[hd_i] 4 [in_i]
[in_i] 2.54 cm
[ft_i] 30.48 cm
[yd_i] 91.44 cm
[mi_i] 1609.344 m
[fth_i] 1.8288 m
[nmi_i] 1852 m
[kn_i] 1852/3600 m/s
[sin_i] 6.4516 cm2
[sft_i] 929.0304 cm2
[syd_i] 8361.2736 cm2
[cin_i] 16.387064 cm3
[cft_i] 28316.846592 cm3
[cyd_i] 764554.857984 cm3
[bf_i] 2359.737216 cm3
[cr_i] 3.624556363776 m3
[mil_i] 25.4 um
[cml_i] p*0.00016129 mm2
[in_us] 100/3937 m
[ft_us] 1200/3937 m
[yd_us] 3600/3937 m
[mi_us] 6336000/3937 m
[acr_us] 4046.872609874252 m2
[in_br] 2.539998 cm
[ft_br] 30.479976 cm
[mil_us] 1/1000 [in_us]
[fth_us] 6 [ft_us]
[rd_us] 16.5 [ft_us]
[ch_us] 4 [rd_us]
[lk_us] 1/100 [ch_us]
[rch_us] 100 [ft_us]
[rlk_us] 1/100 [rch_us]
[fur_us] 40 [rd_us]
[srd_us] 1 [rd_us]2
[smi_us] 1 [mi_us]2
[sct] 1 [mi_us]2
[twp] 36 [sct]
[yd_br] 3 [ft_br]
[fth_br] 6 [ft_br]
[rd_br] 16.5 [ft_br]
[ch_br] 4 [rd_br]
[lk_br] 1/100 [ch_br]
[pc_br] 2.5 [ft_br]
[mi_br] 5280 [ft_br]
[nmi_br] 6080 [ft_br]
[kn_br] 1 [nmi_br]/h
[acr_br] 4840 [yd_br]2
[pied] 32.48 cm
[pouce] 1/12 [pied]
[ligne] 1/12 [pouce]
[didot] 1/12 [ligne]
[cicero] 12 [didot]
[pnt_pr] 0.013837 [in_i]
[pca_pr] 12 [pnt_pr]
[smoot] 67 [in_i]
[gal_us] 3.785411784 L
[bbl_us] 42 [gal_us]
[dqt_us] 1/8 [pk_us]
[dpt_us] 1/2 [dqt_us]
[gal_wi] 268.8 [in_i]3
[qt_us] 946.352946 ml
[pt_us] 473.176473 ml
[gil_us] 118.29411825 ml
[foz_us] 29.5735295625 ml
[fdr_us] 3.6966911953125 ml
[min_us] 0.061611519921875 ml
[crd_us] 3.624556363776 m3
[bu_us] 35.23907016688 L
[pk_us] 8.80976754172 L
[cup_us] 236.5882365 ml
[tbs_us] 14.78676478125 ml
[tsp_us] 4.92892159375 ml
[cup_m] 240 ml
[tbs_m] 15 ml
[tsp_m] 5 ml
[foz_m] 30 ml
[gal_br] 4.54609 L
[qt_br] 1.1365225 L
[pt_br] 568.26125 ml
[foz_br] 28.4130625 ml
[gil_br] 1/4 [pt_br]
[fdr_br] 1/8 [foz_br]
[min_br] 1/60 [fdr_br]
[pk_br] 2 [gal_br]
[bu_br] 8 [gal_br]
[gr] 64.79891 mg
[lb_av] 453.59237 g
[oz_av] 28.349523125 g
[dr_av] 1.7718451953125 g
[scwt_av] 45359.237 g
[lcwt_av] 50802.34544 g
[ston_av] 907184.74 g
[lton_av] 1016046.9088 g
[stone_av] 6350.29318 g
[pwt_tr] 1.55517384 g
[oz_tr] 31.1034768 g
[lb_tr] 373.2417216 g
[sc_ap] 1.2959782 g
[dr_ap] 3.8879346 g
[oz_ap] 31.1034768 g
[lb_ap] 373.2417216 g
[oz_m] 28 g
[lne] 2.11666666666666667 mm
[pnt] 0.352777777777777778 mm
[pca] 4.23333333333333333 mm
[car_m] 0.2 g
[den] 1/9000 g/m
[RAD] 1 cGy
[degR] 5/9 K
""",
    metric=False,
)
