"""Words that carry a sentiment, by kind: each positive one with the negative one that an edit puts in its place."""

from __future__ import annotations

from cfbench.worlds.prose.grammar import entries

Opposites = tuple[str, str]  # positive, negative


def _opposites(text: str) -> tuple[Opposites, ...]:
    """A slash separates the two sides of an entry."""
    pairs = (entry.split("/") for entry in entries(text))
    return tuple((good.strip(), bad.strip()) for good, bad in pairs)


ADJECTIVES = _opposites(
    "gripping/tedious; brilliant/awful; charming/irritating; clever/stupid; fresh/stale; moving/hollow;"
    "witty/unfunny; graceful/clumsy; vivid/lifeless; superb/dreadful; wonderful/terrible; delightful/painful;"
    "inspired/uninspired; polished/sloppy; credible/implausible; convincing/unconvincing; engaging/boring;"
    "thrilling/dreary; memorable/forgettable; touching/mawkish; elegant/crude; warm/cold; "
    "inviting/off-putting;"
    "lively/plodding; honest/phoney; original/derivative; imaginative/unimaginative; assured/amateurish;"
    "subtle/heavy-handed; splendid/miserable; magnificent/pathetic; stunning/ugly; gorgeous/drab;"
    "captivating/soporific; absorbing/numbing; exquisite/shoddy; flawless/botched; masterful/inept;"
    "refreshing/tiresome; accomplished/incompetent; endearing/obnoxious; terrific/lousy; "
    "fantastic/horrid; marvellous/abysmal;"
    "excellent/poor; great/bad; good/weak; lovely/nasty; intelligent/brainless; sincere/fake; tender/cynical;"
    "powerful/feeble; compelling/pointless; spirited/lethargic; inventive/hackneyed; lucid/muddled;"
    "coherent/incoherent; satisfying/frustrating; rewarding/worthless; luminous/murky; timeless/dated;"
    "sparkling/leaden; irresistible/insufferable; riveting/mind-numbing; hilarious/humourless;"
    "first-rate/third-rate; remarkable/laughable; outstanding/embarrassing; beautiful/hideous;"
    "pleasant/unpleasant; amusing/annoying; admirable/deplorable; glorious/wretched; enchanting/grating;"
    "haunting/empty; dazzling/dismal; thoughtful/thoughtless; bold/timid; natural/stilted; "
    "fascinating/monotonous;"
    "mature/childish; profound/shallow; entertaining/dull; stirring/sluggish; deft/ham-fisted"
)
NOUNS = _opposites(
    "triumph/disaster; masterpiece/mess; gem/dud; joy/chore; treat/ordeal; delight/bore; success/failure;"
    "pleasure/torment; winner/flop; revelation/letdown; marvel/travesty; classic/misfire; feast/waste of "
    "film;"
    "wonder/calamity; gift/insult; landmark/shambles; jewel/embarrassment; victory/fiasco; blessing/curse;"
    "knockout/catastrophe; charmer/drag; beauty/monstrosity; work of art/piece of junk; lesson in "
    "craft/lesson in tedium"
)
ADVERBS = _opposites(
    "beautifully/badly; brilliantly/poorly; skilfully/clumsily; wonderfully/horribly; elegantly/carelessly;"
    "superbly/terribly; convincingly/unconvincingly; gracefully/awkwardly; cleverly/stupidly; "
    "perfectly/dismally;"
    "smoothly/jerkily; warmly/coldly; deftly/ineptly; intelligently/mindlessly; carefully/lazily; "
    "tenderly/cynically;"
    "expertly/incompetently; lovingly/indifferently; vividly/drably; crisply/sluggishly; nobly/shamelessly"
)
LIKED = _opposites(
    "loved/hated; enjoyed/endured; adored/loathed; admired/despised; savoured/suffered through; "
    "relished/resented;"
    "treasured/regretted; appreciated/detested; cherished/cursed; liked/disliked"
)
VERBS = _opposites(
    "succeeds/fails; shines/stumbles; soars/sinks; works/collapses; sparkles/drags; delights/disappoints;"
    "triumphs/flounders; glows/limps; sings/creaks; excels/misfires; flies by/drags on; comes alive/falls "
    "flat;"
    "delivers/falters; charms/irritates; thrills/bores; hits the mark/misses the mark; holds up/falls apart;"
    "pays off/peters out; clicks/clunks; wins you over/wears you down; rings true/rings false;"
    "gathers strength/runs out of steam; lifts the spirits/dampens the spirits; impresses/grates"
)
FELT = _opposites(
    "delighted/disappointed; enchanted/bored; thrilled/annoyed; moved/unmoved; impressed/appalled;"
    "captivated/exasperated; charmed/irritated; amazed/disgusted; spellbound/restless; enthralled/exhausted;"
    "pleased/embarrassed; touched/insulted; satisfied/cheated; grateful/angry; glued to my seat/itching "
    "to leave;"
    "wide awake/half asleep; cheerful/grumpy; hooked/lost; elated/depressed; surprised in the best "
    "way/let down"
)
ADVICE = _opposites(
    "see it as soon as you can/avoid it at all costs; make time for it/make other plans;"
    "it deserves a wide audience/it deserves to be forgotten; I will gladly watch it again/I will never "
    "watch it again;"
    "it is worth every minute/it is not worth a minute; buy a ticket/save your money;"
    "I would recommend it to anyone/I would not recommend it to anyone; run towards it/run away from it;"
    "we cheered at the end/we groaned at the end; it earns its praise/it earns its bad name;"
    "stay for the last frame/leave before the last frame; bring your friends/warn your friends;"
    "it made my evening/it spoiled my evening; treat yourself/spare yourself; it belongs on every "
    "shelf/it belongs in the bin;"
    "I want more like it/I want my two hours back; I left with a smile/I left with a headache;"
    "thank heaven that somebody made it/heaven knows why anybody made it; I cannot praise it enough/I "
    "cannot complain enough;"
    "put it at the top of your list/strike it off your list; it kept its promises/it broke its promises;"
    "everybody around me clapped/everybody around me yawned; two hours well spent/two hours thrown away;"
    "do see it on a large screen/do skip it on any screen; it will stay with me/it has already left me;"
    "the applause was deserved/the boos were deserved; hats off to all involved/shame on all involved"
)
STARS = _opposites(
    "nine/two; eight/three; seven/four; nine and a half/one and a half; eight and a half/two and a half"
)

KINDS = {
    "adj": ADJECTIVES,
    "noun": NOUNS,
    "adv": ADVERBS,
    "liked": LIKED,
    "verb": VERBS,
    "felt": FELT,
    "advice": ADVICE,
    "stars": STARS,
}

OF_PEOPLE = entries(
    "charming; cold; brilliant; clumsy; stupid; gentle; witty; honest; cynical; radiant; miserable; "
    "pathetic; gorgeous; sincere; spirited; timid; bold; thoughtful; thoughtless; childish; mature; "
    "beautiful; ugly; pleasant; unpleasant; nasty; lovely; cheerful; grumpy; warm; clever; dreary; "
    "lonely; wealthy; retired; young; elderly; nervous; stubborn; quiet"
)
"""What may be said of a character in a plot. Many of these also carry sentiments elsewhere; here they carry none."""
