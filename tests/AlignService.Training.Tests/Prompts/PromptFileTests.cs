using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Testing;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Prompts;

public sealed class PromptFileTests : IDisposable
{
    private readonly RunFolder _folder = new();

    [Fact]
    public void Load_TextMessagesAndMetadata_ReadsThem()
    {
        string file = _folder.File(
            "prompts.jsonl",
            """{"prompt": "2 + 2 = ", "answer": 4, "level": "easy", "tags": ["a"]}""",
            "",
            """{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}""");

        IReadOnlyList<Prompt> prompts = DataFiles.Load(new PromptSourceConfig { File = file });

        Assert.Equal(2, prompts.Count);
        Assert.Equal(("2 + 2 = ", "4", 0), (prompts[0].Text, prompts[0].Answer, prompts[0].Index));
        Assert.Equal([KeyValuePair.Create("level", "easy")], prompts[0].Metadata);
        Assert.Equal([new PromptMessage("system", "Be brief."), new PromptMessage("user", "Hi")], prompts[1].Messages);
        Assert.Null(prompts[1].Answer);
    }

    [Fact]
    public void Load_BadRows_ListsThemAllWithLineNumbers()
    {
        string file = _folder.File(
            "prompts.jsonl",
            """{"prompt": "good"}""",
            """{"prompt": """,
            """["a list"]""",
            """{"question": "which field?"}""",
            """{"prompt": ""}""",
            """{"prompt": 7}""",
            """{"messages": []}""",
            """{"messages": [{"role": "user"}]}""");

        var fault = Assert.Throws<DataException>(() => DataFiles.Load(new PromptSourceConfig { File = file }));

        Assert.Contains("7 of 8 rows cannot be used", fault.Message);
        Assert.Contains("line 2: not JSON", fault.Message);
        Assert.Contains("line 3: a JSON array, but an object is expected", fault.Message);
        Assert.Contains("line 4: neither \"prompt\" nor \"messages\" exists (fields: question)", fault.Message);
        Assert.Contains("line 5: \"prompt\" is empty", fault.Message);
        Assert.Contains("line 6: \"prompt\" is a JSON number", fault.Message);
        Assert.Contains("line 7: \"messages\" is not a list of at least one message", fault.Message);
        Assert.Contains("line 8: message 0 of \"messages\" has neither text \"content\" nor \"tool_calls\"", fault.Message);
    }

    [Fact]
    public void Load_ToolsArgumentsAndMetadata_ReadsThemAsJsonOrText()
    {
        string file = _folder.File(
            "prompts.jsonl",
            """{"messages": [{"role": "user", "content": "Hi"}], "tools": [{"name": "add"}], "template_arguments": {"enable_thinking": false}, "tests": ["a", 1], "level": 2}""",
            """{"messages": [{"role": "user", "content": "Hi"}], "tools": "[{\"name\": \"add\"}]", "template_arguments": "", "level": null}""");

        IReadOnlyList<Prompt> prompts = DataFiles.Load(new PromptSourceConfig { File = file, MetadataFields = ["tests", "level"] });

        Assert.All(prompts, prompt => Assert.Equal("""[{"name": "add"}]""", prompt.ToolsJson));
        Assert.Equal(["""{"enable_thinking": false}""", null], prompts.Select(prompt => prompt.TemplateArgumentsJson));
        Assert.Equal([KeyValuePair.Create("tests", """["a", 1]"""), KeyValuePair.Create("level", "2")], prompts[0].Metadata);
        Assert.Empty(prompts[1].Metadata);
    }

    [Fact]
    public void Load_ToolsThatCannotBeShown_AreFaults()
    {
        string file = _folder.File(
            "prompts.jsonl",
            """{"prompt": "Hi", "tools": []}""",
            """{"messages": [{"role": "user", "content": "Hi"}], "tools": {"name": "add"}}""",
            """{"messages": [{"role": "user", "content": "Hi"}], "template_arguments": "thinking"}""");

        IReadOnlyList<string> faults = Assert.Throws<DataException>(() => DataFiles.Load(new PromptSourceConfig { File = file })).Faults;

        Assert.Contains("line 1: it has tools or template arguments, but plain text does not use a chat template", faults[0]);
        Assert.Contains("line 2: \"tools\" is a JSON object, but a JSON array is expected", faults[1]);
        Assert.Contains("line 3: \"template_arguments\" is text that is not JSON", faults[2]);
    }

    [Fact]
    public void Load_Limit_TakesTheFirstRowsAndLooksNoFurther()
    {
        string file = _folder.File("prompts.jsonl", """{"q": "one"}""", """{"q": "two"}""", "not JSON");

        IReadOnlyList<Prompt> prompts = DataFiles.Load(new PromptSourceConfig { File = file, PromptField = "q", Limit = 2 });

        Assert.Equal(["one", "two"], prompts.Select(prompt => prompt.Text));
    }

    [Fact]
    public void Load_NothingThere_SaysSo()
    {
        Assert.Contains("does not exist; give the path", Assert.Throws<DataException>(() => DataFiles.Load(new PromptSourceConfig { File = Path.Combine(_folder.Root, "absent") })).Message);
        Assert.Contains("has no rows", Assert.Throws<DataException>(() => DataFiles.Load(new PromptSourceConfig { File = _folder.File("empty.jsonl") })).Message);
        Assert.Contains("has neither a file", Assert.Throws<PromptDataException>(() => DataFiles.Load(new PromptSourceConfig())).Message);
    }

    [Fact]
    public void Load_GradeSchoolMath_ReadsQuestionsAndAnswers()
    {
        string folder = SharedFolder.Require("data/gsm8k");
        string file = Directory.GetFiles(folder, "*.jsonl").Order().First();

        IReadOnlyList<Prompt> prompts = DataFiles.Load(new PromptSourceConfig { File = file, PromptField = "question" });

        Assert.True(prompts.Count > 10);
        Assert.All(prompts, prompt => Assert.Contains("####", prompt.Answer));
    }

    public void Dispose() => _folder.Dispose();
}
