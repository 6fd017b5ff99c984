using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Prompts;

namespace AlignService.Cli.Commands;

/// <summary>The options of commands that score given completions: which file, and what its fields are called.</summary>
internal sealed class CompletionOptions
{
    private static readonly PromptSourceConfig Defaults = new();

    private readonly Argument<string> _file = new("file") { Description = "Rows with prompt or messages, completion and answer: JSONL, JSON, CSV, TSV or Parquet, also a directory or a pattern", HelpName = "FILE" };
    private readonly Option<string> _prompt = new("--prompt-field") { Description = "Name or path of the prompt's field", DefaultValueFactory = _ => Defaults.PromptField, HelpName = "NAME" };
    private readonly Option<string> _messages = new("--messages-field") { Description = "Of the field with messages, for rows without a prompt", DefaultValueFactory = _ => Defaults.MessagesField, HelpName = "NAME" };
    private readonly Option<string> _completion = new("--completion-field") { Description = "Of the completion's field", DefaultValueFactory = _ => "completion", HelpName = "NAME" };
    private readonly Option<string> _answer = new("--answer-field") { Description = "Of the field with the known answer", DefaultValueFactory = _ => Defaults.AnswerField, HelpName = "NAME" };
    private readonly Option<int> _limit = new("--limit") { Description = "Score only the first N rows; 0 is all", HelpName = "N" };

    public void AddTo(Command command)
    {
        command.Add(_file);
        foreach (var option in new Option[] { _prompt, _messages, _completion, _answer, _limit })
        {
            command.Add(option);
        }
    }

    /// <exception cref="AlignException">The file cannot be used.</exception>
    public IReadOnlyList<GivenCompletion> Load(ParseResult result, CancellationToken cancellationToken) => CompletionFile.Load(
        new PromptSourceConfig
        {
            File = Path.GetFullPath(result.GetRequiredValue(_file)),
            PromptField = result.GetRequiredValue(_prompt),
            MessagesField = result.GetRequiredValue(_messages),
            AnswerField = result.GetRequiredValue(_answer),
            Limit = result.GetValue(_limit) is >= 0 and int limit ? limit : throw new CommandException(ExitCode.BadInput, $"--limit is {result.GetValue(_limit)}; it must be at least 0 (0 is all)."),
        },
        result.GetRequiredValue(_completion),
        FilePolicy.Anywhere,
        cancellationToken);
}
