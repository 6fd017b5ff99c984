using System.Text.Json;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Data;

public sealed class FieldTemplateTests
{
    private static readonly DataRow Row = new(JsonElement.Parse("""{"sentence": "Fine {film}.", "label": 1, "ok": true, "nested": {"name": "x"}, "list": ["a"], "nothing": null, "empty": ""}"""));

    [Theory]
    [InlineData("Review: {sentence}", "Review: Fine {film}.")]
    [InlineData("{sentence}{label}", "Fine {film}.1")]
    [InlineData("{{{label}}}", "{1}")]
    [InlineData("{{label}} is {label}", "{label} is 1")]
    [InlineData("{ok} {nested.name} {list.0}", "true x a")]
    [InlineData("{ label }", "1")]
    [InlineData("line\n{label}\n", "line\n1\n")]
    public void Fill_Row_PutsItsFieldsIn(string template, string expected) => Assert.Equal(expected, FieldTemplate.Parse(template)!.Fill(Row));

    [Theory]
    [InlineData("{absent}", "\"absent\", which the template names, does not exist (fields: sentence, label")]
    [InlineData("{nothing}", "\"nothing\", which the template names, does not exist")]
    [InlineData("{list}", "is a JSON array, but text is expected")]
    [InlineData("{nested}", "name a field in it: nested.NAME")]
    [InlineData("{empty}", "the template gives empty text")]
    public void Fill_FieldThatIsNoText_RefusesTheRow(string template, string expected) =>
        Assert.Contains(expected, Assert.Throws<DataRowException>(() => FieldTemplate.Parse(template)!.Fill(Row)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("no field", "it names no field")]
    [InlineData("{{only}} braces", "it names no field")]
    [InlineData("{open", "the brace at character 1 does not enclose the name of a field")]
    [InlineData("a {} b", "the brace at character 3")]
    [InlineData("a { {b} }", "the brace at character 3")]
    [InlineData("a } {b}", "character 3 is a closing brace without an opening one")]
    [InlineData("", "it names no field")]
    public void FindFault_NoTemplate_SaysWhere(string template, string expected) => Assert.Contains(expected, FieldTemplate.FindFault(template), StringComparison.Ordinal);

    [Fact]
    public void Load_EveryKindOfData_UsesTheTemplates()
    {
        using RunFolder folder = new();
        string file = folder.File("rows.csv", "sentence,label,good,bad", "a film,positive,yes,no");

        Assert.Equal("Review: a film", Assert.Single(DataFiles.Load(new PromptSourceConfig { File = file, PromptTemplate = "Review: {sentence}", AnswerField = "label" })).Text);
        Assert.Equal("Review: a film", Assert.Single(DataFiles.Load(new PromptSourceConfig { File = file, PromptTemplate = "Review: {sentence}", MetadataFields = ["good"] })).Text);
        Example example = Assert.Single(DataFiles.Load(new ExampleSourceConfig { File = file, PromptTemplate = "Review: {sentence}\nSentiment:", CompletionTemplate = " {label}" }));
        Assert.Equal(("Review: a film\nSentiment:", " positive"), (example.Prompt.Text, example.Completion));
        Assert.Equal("positive", Assert.Single(DataFiles.Load(new ExampleSourceConfig { File = file, PromptTemplate = "{sentence}", CompletionField = "label" })).Completion);
        Preference pair = Assert.Single(DataFiles.Load(new PreferenceSourceConfig { File = file, PromptTemplate = "Review: {sentence}", ChosenField = "good", RejectedField = "bad" }));
        Assert.Equal(("Review: a film", "yes", "no"), (pair.Prompt.Text, pair.Chosen, pair.Rejected));
    }
}
