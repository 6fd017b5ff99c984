using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Examples;

/// <summary>Rows of examples and of preferences in every form that data sets have them.</summary>
public sealed class ExampleFileTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ExamplesInEveryForm_ReadsThem()
    {
        string file = _folder.File(
            "examples.jsonl",
            """{"prompt": "1+1=", "completion": " 2"}""",
            """{"prompt": [{"role": "user", "content": "1+1?"}], "completion": [{"role": "assistant", "content": "2"}]}""",
            """{"prompt": [{"role": "user", "content": "1+1?"}], "completion": "2"}""",
            """{"messages": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}]}""");

        IReadOnlyList<Example> examples = DataFiles.Load(new ExampleSourceConfig { File = file });

        Assert.Equal([" 2", "2", "2", null], examples.Select(example => example.Completion));
        Assert.Equal(["1+1=", null, null, null], examples.Select(example => example.Prompt.Text));
        Assert.Equal([0, 1, 1, 2], examples.Select(example => example.Prompt.Messages?.Count ?? 0));
        Assert.Equal([0, 1, 2, 3], examples.Select(example => example.Prompt.Index));
    }

    [Fact]
    public void Load_FaultyExamples_ListsThemWithTheirLines()
    {
        string file = _folder.File(
            "examples.jsonl",
            """{"prompt": "1+1="}""",
            """{"question": "1+1="}""",
            """{"prompt": "1+1=", "completion": "2"}""",
            """{"messages": [{"role": "user", "content": "1+1?"}]}""",
            """{"prompt": "1+1=", "completion": [{"role": "user", "content": "2"}]}""",
            """{"prompt": "1+1=", "completion": "2", "tools": [{"name": "add"}]}""");

        IReadOnlyList<string> faults = Assert.Throws<DataException>(() => DataFiles.Load(new ExampleSourceConfig { File = file })).Faults;

        Assert.Collection(
            faults,
            fault => Assert.StartsWith("line 1: \"completion\" does not exist", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 2: neither \"prompt\" nor \"messages\" exists (fields: question)", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 4: no message has the role assistant", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 5: \"completion\" is a list of 1 messages", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 6: it has tools or template arguments, but plain text does not use a chat template", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_PreferencesInEveryForm_ReadsTheSame()
    {
        string file = _folder.File(
            "preferences.jsonl",
            """{"prompt": [{"role": "user", "content": "1+1?"}], "chosen": "2", "rejected": "3", "margin": 0.5}""",
            """{"prompt": [{"role": "user", "content": "1+1?"}], "chosen": [{"role": "assistant", "content": "2"}], "rejected": [{"role": "assistant", "content": "3"}]}""",
            """{"chosen": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}], "rejected": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "3"}]}""",
            """{"prompt": [{"role": "user", "content": "1+1?"}], "chosen": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}], "rejected": "3"}""");

        IReadOnlyList<Preference> preferences = DataFiles.Load(new PreferenceSourceConfig { File = file });

        Assert.All(preferences, preference => Assert.Equal(("2", "3", "1+1?"), (preference.Chosen, preference.Rejected, Assert.Single(preference.Prompt.Messages!).Content)));
        Assert.Equal([0.5, 0, 0, 0], preferences.Select(preference => preference.Margin));
    }

    /// <summary>A conversation with tools that were left out would be rendered, and learned, as one without.</summary>
    [Fact]
    public void Load_ToolsAndTemplateArguments_BelongToThePrompt()
    {
        const string values = """ "functions": [{"name": "add"}], "template_arguments": "{\"thinking\": true}" """;
        string examples = _folder.File(
            "examples.jsonl",
            $$"""{"messages": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}],{{values}}}""",
            $$"""{"prompt": [{"role": "user", "content": "1+1?"}], "completion": "2",{{values}}}""",
            """{"prompt": "1+1=", "completion": "2", "functions": null}""");
        string preferences = _folder.File(
            "preferences.jsonl",
            $$"""{"prompt": [{"role": "user", "content": "1+1?"}], "chosen": "2", "rejected": "3",{{values}}}""",
            $$"""{"chosen": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}], "rejected": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "3"}],{{values}}}""");

        Prompt[] prompts =
        [
            .. DataFiles.Load(new ExampleSourceConfig { File = examples, ToolsField = "functions" }).Select(example => example.Prompt),
            .. DataFiles.Load(new PreferenceSourceConfig { File = preferences, ToolsField = "functions" }).Select(preference => preference.Prompt),
        ];

        const string tools = """[{"name": "add"}]""", arguments = """{"thinking": true}""";
        Assert.Equal([tools, tools, null, tools, tools], prompts.Select(prompt => prompt.ToolsJson));
        Assert.Equal([arguments, arguments, null, arguments, arguments], prompts.Select(prompt => prompt.TemplateArgumentsJson));
    }

    [Fact]
    public void Load_FaultyPreferences_ListsThemWithTheirLines()
    {
        string file = _folder.File(
            "preferences.jsonl",
            """{"prompt": "a", "chosen": "2"}""",
            """{"chosen": "2", "rejected": "3"}""",
            """{"prompt": "a", "chosen": "2", "rejected": "3", "margin": "much"}""",
            """{"chosen": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "2"}], "rejected": [{"role": "user", "content": "y"}, {"role": "assistant", "content": "3"}]}""",
            """{"prompt": "a", "chosen": [{"role": "assistant", "content": ""}], "rejected": "3"}""",
            """{"prompt": [{"role": "", "content": "x"}], "chosen": "2", "rejected": "3"}""",
            """{"prompt": "a", "chosen": [{"role": "assistant", "content": null, "tool_calls": [{"name": "f"}]}], "rejected": "3"}""");

        IReadOnlyList<string> faults = Assert.Throws<DataException>(() => DataFiles.Load(new PreferenceSourceConfig { File = file })).Faults;

        Assert.Collection(
            faults,
            fault => Assert.StartsWith("line 1: \"rejected\" missing", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 2: \"prompt\" does not exist", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 3: \"margin\" is much", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 4: \"chosen\" and \"rejected\" share 0 leading messages", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 5: chosen is empty", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 6: message 0 of \"prompt\" has no role", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("line 7: the answer of \"chosen\" has \"tool_calls\", which answers do not support", fault, StringComparison.Ordinal));
    }
}
