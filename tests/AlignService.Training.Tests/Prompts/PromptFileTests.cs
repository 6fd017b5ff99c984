using AlignService.Testing;
using AlignService.Training.Data;
using AlignService.Training.Prompts;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Prompts;

public sealed class PromptFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Load_TextMessagesAndMetadata_ReadsThem()
    {
        string file = _folder.File(
            "prompts.jsonl",
            """{"prompt": "2 + 2 = ", "answer": 4, "level": "easy", "tags": ["a"]}""",
            "",
            """{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}""");

        IReadOnlyList<Prompt> prompts = PromptFile.Load(new PromptSourceConfig { File = file });

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

        var fault = Assert.Throws<DataException>(() => PromptFile.Load(new PromptSourceConfig { File = file }));

        Assert.Contains("7 of 8 rows cannot be used", fault.Message);
        Assert.Contains("line 2: not JSON", fault.Message);
        Assert.Contains("line 3: a JSON array, where an object is expected", fault.Message);
        Assert.Contains("line 4: neither \"prompt\" nor \"messages\" is there (fields: question)", fault.Message);
        Assert.Contains("line 5: \"prompt\" is empty", fault.Message);
        Assert.Contains("line 6: \"prompt\" is a JSON number", fault.Message);
        Assert.Contains("line 7: \"messages\" is not a list with at least one message", fault.Message);
        Assert.Contains("line 8: message 0 of \"messages\" has no text \"content\"", fault.Message);
    }

    [Fact]
    public void Load_Limit_TakesTheFirstRowsAndLooksNoFurther()
    {
        string file = _folder.File("prompts.jsonl", """{"q": "one"}""", """{"q": "two"}""", "not JSON");

        IReadOnlyList<Prompt> prompts = PromptFile.Load(new PromptSourceConfig { File = file, PromptField = "q", Limit = 2 });

        Assert.Equal(["one", "two"], prompts.Select(prompt => prompt.Text));
    }

    [Fact]
    public void Load_NothingThere_SaysSo()
    {
        Assert.Contains("There is no file", Assert.Throws<DataException>(() => PromptFile.Load(new PromptSourceConfig { File = Path.Combine(_folder.Root, "absent") })).Message);
        Assert.Contains("holds no row", Assert.Throws<DataException>(() => PromptFile.Load(new PromptSourceConfig { File = _folder.File("empty.jsonl") })).Message);
        Assert.Contains("names no file", Assert.Throws<PromptDataException>(() => PromptFile.Load(new PromptSourceConfig())).Message);
    }

    [Fact]
    public void Load_GradeSchoolMath_ReadsQuestionsAndAnswers()
    {
        string folder = SharedFolder.Require("data/gsm8k");
        string file = Directory.GetFiles(folder, "*.jsonl").Order().First();

        IReadOnlyList<Prompt> prompts = PromptFile.Load(new PromptSourceConfig { File = file, PromptField = "question" });

        Assert.True(prompts.Count > 10);
        Assert.All(prompts, prompt => Assert.Contains("####", prompt.Answer));
    }

    public void Dispose() => _folder.Dispose();
}
