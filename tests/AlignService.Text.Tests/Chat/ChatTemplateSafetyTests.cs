using System.Text;
using AlignService.Testing;
using AlignService.Text.Chat;
using Xunit;

namespace AlignService.Text.Tests.Chat;

/// <summary>Templates come from strangers: whatever they hold, the service answers soon, and with an error at worst.</summary>
public sealed class ChatTemplateSafetyTests
{
    private static readonly ChatMessage[] Messages = [new("system", "Be brief."), new("user", "hi <b>"), new("assistant", "yo\n"), new("user", "bye")];

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{{ 'a' * 10000000000 }}")]
    [InlineData("{{ [1] * 10000000000 }}")]
    [InlineData("{{ ('a' * 10000000).replace('a', 'b' * 10000) }}")]
    [InlineData("{{ 9 ** (9 ** 9) }}")]
    [InlineData("{{ range(10 ** 12) }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(50000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[], y=[]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(50000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}")]
    public void Render_TemplateThatWouldNotEnd_IsStopped(string source)
    {
        ChatTemplate template = ChatTemplate.Parse(source);
        Assert.Throws<ChatTemplateException>(() => template.Render(Messages, addGenerationPrompt: true));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("{'a':")]
    [InlineData("not ")]
    [InlineData("- ")]
    [InlineData("1 if ")]
    [InlineData("a.b[")]
    public void Parse_DeepNesting_IsRefused(string opening) =>
        Assert.Throws<CheckpointException>(() => ChatTemplate.Parse("{{ " + string.Concat(Enumerable.Repeat(opening, 100_000)) + "}}"));

    [Fact]
    public void Parse_DeepTags_AreRefused() =>
        Assert.Throws<CheckpointException>(() => ChatTemplate.Parse(string.Concat(Enumerable.Repeat("{% if a %}", 10_000))));

    [Fact]
    public void Render_ValuesOutOfReach_AreNot()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ messages.__class__ }}|{{ ''.__class__ }}|{{ messages['__init__'] }}|{{ environment }}");
        Assert.Equal("|||", template.Render(Messages, addGenerationPrompt: true));
    }

    [Fact]
    public void ParseAndRender_MutatedTemplates_OnlyFailClearly()
    {
        string folder = Path.Combine(Repository.Root, "tests", "golden", "chat-templates", "chatml-generation");
        byte[][] originals =
        [
            File.ReadAllBytes(Path.Combine(folder, "template.jinja")),
            Encoding.UTF8.GetBytes(
                "{% macro m(a, b=2) %}{{ a|default('x')|upper ~ b }}{% endmacro %}{% set ns = namespace(n=0) %}" +
                "{%- for k, v in messages[0].items() if v is string -%}{{ loop.index }}{% set ns.n = ns.n + 1 %}{{ m(k, b=v[::-1]) }}" +
                "{% else %}{{ raise_exception('none') }}{% endfor %}{{ messages|map(attribute='role')|join(', ') }}{{ messages|tojson(indent=2) }}"),
        ];
        var random = new Random(7);
        int rendered = 0;
        for (int i = 0; i < 6000; i++)
        {
            try
            {
                ChatTemplate.Parse(Encoding.UTF8.GetString(Mutation.Of(originals[i % 2], random))).Render(Messages, addGenerationPrompt: true);
                rendered++;
            }
            catch (AlignException)
            {
                // What a broken template is to end in.
            }
        }

        Assert.InRange(rendered, 1, 5999);
    }
}
