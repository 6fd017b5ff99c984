using System.Text.Json;
using AlignService.Testing;
using AlignService.Text.Chat;
using Xunit;

namespace AlignService.Text.Tests.Chat;

/// <summary>Whatever a template does, it ends in one clear error or its text, soon: every kind of work is counted, not only steps.</summary>
public sealed class TemplateCostTests
{
    /// <summary>Half a second or less where nothing else runs.</summary>
    private const double MostSeconds = 2;

    private const string Long = "{% set ns = namespace(x='ab') %}{% for i in range(21) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{% set t = ns.x %}";
    private const string Medium = "{% set ns = namespace(x='ab') %}{% for i in range(17) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{% set t = ns.x %}";
    private const string Number = "{% set n = 9 ** 30000 %}";

    private static readonly ChatMessage[] Messages = [new("system", "Be brief."), new("user", "hi <b>"), new("assistant", "yo\n"), new("user", "bye")];

    [Theory]
    [InlineData("", "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% for b in range(100000) if false %}{% endfor %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{{ range(100000) | list | length }}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{{ range(100000) | list | length }}{{ range(100000) | reverse | list | length }}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = range(100000) | sort | list %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = range(100000) | map('string') | join %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = range(100000) | select('odd') | list %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = range(100000) | unique | list %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = range(100000) | reverse | list %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = 5 in range(100000) %}{% set y = -1 in range(100000) %}{% endfor %}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = range(100000)[::-1] %}{% endfor %}")]
    [InlineData("", "{% set l = range(90000) | list %}{% for a in range(100000) %}{% set x = l == l[:] %}{% endfor %}")]
    [InlineData("", "{% set l = range(90000) | list %}{% for a in range(100000) %}{% set x = l < l[:] %}{% endfor %}")]
    [InlineData("", "{% set l = range(90000) | list %}{% for a in range(100000) %}{% set x = l | tojson %}{% endfor %}")]
    [InlineData("", "{% set l = range(90000) | list %}{% for a in range(100000) %}{% set x = l | string %}{% endfor %}")]
    [InlineData("", "{% set l = range(90000) | list %}{% for a in range(100000) %}{% set x = l.count(-1) %}{% endfor %}")]
    [InlineData("", "{% set l = range(90000) | list %}{% for a in range(100000) %}{% set x = l ~ '' %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{{ t | upper | length }}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{{ t | length }}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{{ t | trim | length }}{{ t.strip('c') | length }}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{{ t[0] }}{{ t[-1] }}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t[::-1] %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t[1:] == t[:-1] %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t == t ~ '' %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t < t ~ 'c' %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = {t: 1} %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t.find('c') %}{% set y = t.count('c') %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t.split('c') %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t.split() %}{% set y = t.splitlines() %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t.replace('c', 'd') %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t.startswith(t) %}{% set y = t.endswith(t) %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t | int %}{% set y = t | float %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t | tojson %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t is lower %}{% set y = t is upper %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t is eq(t ~ '') %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t | title %}{% set y = t | capitalize %}{% set z = t.title() %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t | indent %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t | list | length %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = t | reverse %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = [t] | string %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% for c in t %}{% break %}{% endfor %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = strftime_now(t) %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = (t | tojson) | from_json %}{% endfor %}")]
    [InlineData(Long, "{% for a in range(100000) %}{% set x = [t, t] | join | length %}{% endfor %}")]
    [InlineData(Medium, "{% set p = 'a' * 100000 ~ 'b' %}{% set q = 'a' * 4000000 %}{{ p in q }}{{ q.find(p) }}{{ q.count(p) }}{{ q.split(p) | length }}{{ q.replace(p, '') | length }}")]
    [InlineData("{% set p = 'a' * 2000000 ~ 'b' %}{% set q = 'a' * 4000000 %}", "{% for a in range(1000) %}{% set x = p in q %}{% endfor %}")]
    [InlineData("{% set q = ('a' * 31 ~ 'b') * 400000 %}{% set p = ('a' * 31 ~ 'c') * 4 %}", "{% for a in range(1000) %}{% set x = p in q %}{% endfor %}")]
    [InlineData(Number, "{% for a in range(100000) %}{% set x = n * n // n %}{% endfor %}")]
    [InlineData(Number, "{% for a in range(100000) %}{% set x = n | string %}{% endfor %}")]
    [InlineData(Number, "{% for a in range(100000) %}{% set x = 3 ** 60000 %}{% endfor %}")]
    [InlineData(Number, "{% for a in range(100000) %}{% set x = n % 7 + n // 3 %}{% endfor %}")]
    [InlineData(Number, "{% for a in range(100000) %}{% set x = n | round(-300) %}{% set y = n | tojson %}{% endfor %}")]
    [InlineData("{% set d = '9' * 4300 %}", "{% for a in range(100000) %}{% set x = d | int %}{% endfor %}")]
    [InlineData("{% set d = 'z' * 4300 %}", "{% for a in range(100000) %}{% set x = d | int(0, 36) %}{% endfor %}")]
    [InlineData("{% set d = '9' * 4000000 %}", "{% for a in range(100000) %}{% set x = d | float %}{% set y = d | from_json %}{% endfor %}")]
    [InlineData("{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}", "{{ m(0) }}")]
    [InlineData("{% macro m(n) %}{% if n < 60 %}{{ m(n + 1) }}{{ m(n + 1) }}{% endif %}{% endmacro %}", "{{ m(0) }}")]
    [InlineData("{% macro m(n) %}{% if n < 90 %}{% call m(n + 1) %}{{ caller }}{% endcall %}{% endif %}{{ caller() if caller }}{% endmacro %}", "{% for i in range(100000) %}{{ m(0) }}{% endfor %}")]
    [InlineData("", "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | string | length }}")]
    [InlineData("", "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson | length }}")]
    [InlineData("", "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("", "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x < ns.y }}")]
    [InlineData("", "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ [ns.x] is eq([ns.y]) }}{{ [ns.x].count(ns.y) }}{{ ns.x in [ns.y] }}")]
    [InlineData("", "{% set ns = namespace(x=(1,)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}")]
    [InlineData("", "{% set ns = namespace(x={'a': 1}, y={'a': 1}) %}{% for i in range(60) %}{% set ns.x = {'a': ns.x, 'b': ns.x} %}{% set ns.y = {'a': ns.y, 'b': ns.y} %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("", "{% set ns = namespace(x={'a': 1}) %}{% for i in range(60) %}{% set ns.x = {'a': ns.x, 'b': ns.x} %}{% endfor %}{{ ns.x ~ '' }}")]
    [InlineData("", "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set l = range(100000) | list %}", "{% set ns = namespace(x=[]) %}{% for i in l %}{% set ns.x = ns.x + l %}{% endfor %}")]
    [InlineData("{% set l = range(1000) | list %}", "{% for a in l %}{% for b in l %}{% set x = l + l %}{% endfor %}{% endfor %}")]
    [InlineData("{% set l = [1] * 1000000 %}", "{% for a in range(100000) %}{% set x = l * 1 %}{% endfor %}")]
    [InlineData("{% set l = ['a' * 1000000] * 1000000 %}", "{{ l | join | length }}")]
    [InlineData("{% set l = ['a' * 1000000] * 1000000 %}", "{{ l | unique | list | length }}")]
    [InlineData("{% set l = ['a' * 1000000] * 1000000 %}", "{{ l | sort | length }}")]
    [InlineData("{% set l = ['a' * 1000000] * 1000000 %}", "{{ l | string | length }}")]
    [InlineData("{% set l = ['a' * 1000000] * 1000000 %}", "{{ l | map('upper') | list | length }}")]
    [InlineData("{% set l = ['a' * 1000000] * 1000000 %}", "{{ ('b' * 1000000) in l }}{{ l.count('b' * 1000000) }}")]
    [InlineData("", "{% for a in range(100000) %}{% set x = messages | tojson(indent=1000) %}{% endfor %}")]
    [InlineData("", "{{ ('\n' * 10000) | indent(10000, true, true) }}")]
    [InlineData("", "{{ ([1] * 900000) | tojson(indent=1000) | length }}")]
    [InlineData("", "{{ ([1] * 900000) | tojson(separators=('x' * 1000000, ':')) | length }}")]
    [InlineData("", "{{ 'x'.join(['a'] * 1000000) | length }}{{ ('x' * 1000000).join(['a'] * 1000000) | length }}")]
    [InlineData("", "{{ ('a' * 4000000).replace('a', 'bb') }}")]
    [InlineData("", "{% for i in range(100000) %}{{ 'a' * 1000000 }}{% endfor %}")]
    [InlineData("", "{% for i in range(100000) %}{% set x %}{{ 'a' * 1000000 }}{% endset %}{% endfor %}")]
    [InlineData("", "{% for i in range(100000) %}{% filter upper %}{{ 'a' * 1000000 }}{% endfilter %}{% endfor %}")]
    [InlineData("", "{% for i in range(100000) %}{% generation %}{{ 'a' * 100000 }}{% endgeneration %}{% endfor %}")]
    [InlineData("", "{% set ns = namespace() %}{% for i in range(100000) %}{% for j in range(100000) %}{% set ns.x = [i, j, {'a': i}, 'x' ~ j] %}{% endfor %}{% endfor %}")]
    public void Render_Hostile_EndsSoonInOneError(string setUp, string source)
    {
        ChatTemplate template = ChatTemplate.Parse(setUp + source);
        double before = ThreadSeconds();
        Exception? fault = Record.Exception(() => template.Render(Messages, addGenerationPrompt: true));
        Assert.True(fault is null or ChatTemplateException, fault?.ToString());
        Assert.InRange(ThreadSeconds() - before, 0, MostSeconds);
    }

    [Theory]
    [InlineData("{{ a }}")]
    [InlineData("{% raw %}")]
    [InlineData("{#")]
    [InlineData("{{ a ")]
    [InlineData("{% if a %}x{% endif %}")]
    [InlineData("{% set a = a + 1 %}")]
    [InlineData("{% for i in a if i %}{{ i }}{% endfor %}")]
    [InlineData("{% macro m(a, b=1) %}{{ caller() }}{% endmacro %}{% call m(1) %}x{% endcall %}")]
    [InlineData("\n   {%- filter trim -%}\n  x {%- endfilter -%}  \n")]
    [InlineData("x\r\n")]
    [InlineData("{% set x %}{{ y }}{% endset %}")]
    [InlineData("{{ 'a' 'b' }}")]
    [InlineData("{{ [1, 2, {'a': (1, 2)}] }}")]
    [InlineData("{{ a.b | upper | trim }}")]
    public void Parse_LongTemplate_EndsSoon(string part)
    {
        string source = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length));
        double before = ThreadSeconds();
        Exception? fault = Record.Exception(() => ChatTemplate.Parse(source));
        Assert.True(fault is null or CheckpointException, fault?.ToString());
        Assert.InRange(ThreadSeconds() - before, 0, MostSeconds);
    }

    [Theory]
    [InlineData("{{ f(", "1,", ") }}")]
    [InlineData("{{ dict(", "a=1,", ") }}")]
    [InlineData("{% macro m(", "a,", ") %}{% endmacro %}")]
    [InlineData("{{ [", "1,", "] }}")]
    [InlineData("{{ {", "1: 2,", "} }}")]
    [InlineData("{{ 1", " < 2", " }}")]
    [InlineData("{{ 1", " ~ 2", " }}")]
    [InlineData("{% if a %}", "{% elif b %}", "{% endif %}")]
    [InlineData("{{ '", "\\x41", "' }}")]
    [InlineData("{{ ", "9", " }}")]
    [InlineData("{% set a", ", b", " = c %}")]
    public void Parse_LongPart_EndsSoon(string begin, string part, string end)
    {
        string source = begin + string.Concat(Enumerable.Repeat(part, 900_000 / part.Length)) + end;
        double before = ThreadSeconds();
        Exception? fault = Record.Exception(() => ChatTemplate.Parse(source).Render(Messages, addGenerationPrompt: true));
        Assert.True(fault is null or AlignException, fault?.ToString());
        Assert.InRange(ThreadSeconds() - before, 0, MostSeconds);
    }

    [Fact]
    public void Parse_TheCases_AreTemplates()
    {
        string folder = SharedFolder.Require("cases");
        ChatTemplate lazy = ChatTemplate.Parse(File.ReadAllText(Path.Combine(folder, "loop-filter-eager", "template.jinja")));
        JsonElement golden = JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "loop-filter-eager", "golden.jsonl")));
        Assert.Equal(golden.GetProperty("rendered").GetString(), lazy.Render(new ChatTemplateInput { Messages = golden.GetProperty("messages") }).TrimEnd('\n'));
        Assert.Equal("[1]", ChatTemplate.Parse(File.ReadAllText(Path.Combine(folder, "template-from_json", "template.jinja"))).Render(Messages, addGenerationPrompt: true));
        ChatTemplate functions = ChatTemplate.Parse(File.ReadAllText(Path.Combine(folder, "template-filter-tag", "template.jinja")));
        string text = functions.Render(ChatTemplateInput.Of(Messages, addGenerationPrompt: true) with { BosToken = "<s>", Extra = JsonElement.Parse("""{"functions": "[]", "datetime": "now"}""") });
        Assert.StartsWith("<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.\nIn addition to plain text responses", text, StringComparison.Ordinal);
    }

    /// <summary>Processor time of this thread: what others do on the machine does not count.</summary>
    private static double ThreadSeconds() => double.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) / 1e9;
}
