/** Which names the outside world could have, as the root zone's top-level domains go (IANA, in part). */

const COMMON = 'com org net edu gov int mil info biz name app cloud dev online page site store tech xyz example test'

/** Top-level domains of countries and territories in use (ISO 3166-1 and eu, uk, ac, su). */
const COUNTRIES = `
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn
co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk
hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh
mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs
ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va
vc ve vg vi vn vu wf ws ye yt za zm zw`

/** The top-level domains that the outside world has here. */
export const TOP_LEVEL: ReadonlySet<string> = new Set(`${COMMON} ${COUNTRIES}`.trim().split(/\s+/))

/**
 * Could the absolute, lower-case name be one of the outside world: two labels or more under a top-level domain? A mistyped Service name
 * ("web", "web.defualt", "web.default.svc") is none, and must not lead anywhere; nor is one whose last label is in `notPublic`.
 */
export function isPublicName(name: string, notPublic: readonly string[]): boolean {
  const labels = name.replace(/\.$/, '').split('.')
  const last = labels.at(-1) ?? ''
  return labels.length > 1 && labels.every((label) => /^[a-z0-9_-]+$/.test(label)) && TOP_LEVEL.has(last) && !notPublic.includes(last)
}
