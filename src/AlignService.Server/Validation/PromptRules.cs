using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Checks that a prompt source can be read and that each of its rows is a prompt.</summary>
internal static class PromptRules
{
    /// <summary>Reads the whole source; returns its prompts if it is valid.</summary>
    public static IReadOnlyList<Prompt>? Check(PromptSourceConfig source, FilePolicy policy, ViolationList violations, string path, CancellationToken cancellationToken) =>
        DataRules.Check(Source(source, policy, cancellationToken), violations, path);

    public static CheckedSource<Prompt> Source(PromptSourceConfig source, FilePolicy policy, CancellationToken cancellationToken) => new()
    {
        Noun = "prompts",
        File = source.File,
        Inline = source.Inline,
        Limit = source.Limit,
        OptionalFields = OptionalFields(source),
        HeldOut = source,
        Split = prompts => PromptFile.Split(prompts, source),
        TextsOf = prompt => [prompt.Text],
        WayToMessages = "name the field in messages_field to read them as messages.",
        Load = () => PromptFile.Load(source, policy, cancellationToken),
        FindFault = prompt => prompt.FindFault(),
    };

    /// <summary>Rewards that compare with an answer need one in every prompt.</summary>
    public static void CheckAnswers(IReadOnlyList<Prompt> prompts, IReadOnlyList<RewardConfig> rewards, PromptSourceConfig source, ViolationList violations, string path)
    {
        int missing = prompts.Count(prompt => prompt.Answer is null);
        if (missing == 0 || !rewards.Any(reward => reward.NeedsAnswer))
        {
            return;
        }

        string names = string.Join(", ", rewards.Where(reward => reward.NeedsAnswer).Select(reward => reward.Name));
        string where = source.File is null ? "answer" : $"the field \"{source.AnswerField}\" (answer_field)";
        if (missing == prompts.Count)
        {
            violations.Add(path, $"none of the {prompts.Count} prompts has an answer in {where}, but the rewards {names} compare with it; add answers or drop those rewards.", ViolationCode.Missing);
        }
        else
        {
            violations.Warn(path, $"{missing} of {prompts.Count} prompts have no answer in {where}; the rewards {names} give them no score.");
        }
    }

    /// <summary>Fields with what a chat template shows besides the messages, for any kind of rows.</summary>
    public static NamedField<T>[] TemplateFields<T>(ITemplateFields source, ITemplateFields defaults, Func<T, Prompt> promptOf) =>
    [
        new("tools_field", source.ToolsField, source.ToolsField != defaults.ToolsField, row => promptOf(row).ToolsJson is not null),
        new("template_arguments_field", source.TemplateArgumentsField, source.TemplateArgumentsField != defaults.TemplateArgumentsField, row => promptOf(row).TemplateArgumentsJson is not null),
    ];

    private static NamedField<Prompt>[] OptionalFields(PromptSourceConfig source)
    {
        PromptSourceConfig defaults = new();
        return
        [
            new("answer_field", source.AnswerField, source.AnswerField != defaults.AnswerField, prompt => prompt.Answer is not null),
            .. TemplateFields<Prompt>(source, defaults, prompt => prompt),
            .. source.MetadataFields.Select((name, i) => new NamedField<Prompt>($"metadata_fields[{i}]", name, true, prompt => prompt.Metadata.ContainsKey(name))),
        ];
    }
}
