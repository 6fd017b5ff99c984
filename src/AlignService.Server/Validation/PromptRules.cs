using AlignService.Training.Prompts;
using AlignService.Training.Rewards;
using AlignService.Training.Rewards.Answers;
using AlignService.Training.Rewards.Lengths;

namespace AlignService.Server.Validation;

/// <summary>Checks that a prompt source can be read and that each of its rows is a prompt.</summary>
internal static class PromptRules
{
    /// <summary>Reads the source whole; returns its prompts where nothing is wrong with it.</summary>
    public static IReadOnlyList<Prompt>? Check(PromptSourceConfig source, FaultList faults, string path) => DataRules.Check(
        new CheckedSource<Prompt>
        {
            Noun = "prompts",
            File = source.File,
            Inline = source.Inline,
            Limit = source.Limit,
            Load = () => PromptFile.Load(source),
            FindFault = prompt => prompt.FindFault(),
        },
        faults,
        path);

    /// <summary>Rewards that compare with an answer need one in every prompt.</summary>
    public static void CheckAnswers(IReadOnlyList<Prompt> prompts, IReadOnlyList<RewardConfig> rewards, PromptSourceConfig source, FaultList faults, string path)
    {
        int missing = prompts.Count(prompt => prompt.Answer is null);
        if (missing == 0 || !rewards.Any(NeedsAnswer))
        {
            return;
        }

        string names = string.Join(", ", rewards.Where(NeedsAnswer).Select(reward => reward.Name));
        string where = source.File is null ? "answer" : $"the field \"{source.AnswerField}\" (answer_field)";
        if (missing == prompts.Count)
        {
            faults.Add(path, $"none of the {prompts.Count} prompts has an answer in {where}, but the rewards {names} compare with it; add answers or drop those rewards.");
        }
        else
        {
            faults.Warn(path, $"{missing} of {prompts.Count} prompts have no answer in {where}; the rewards {names} give them no score.");
        }
    }

    /// <summary>A field that the spec names and that no row has is most likely misspelt.</summary>
    public static void WarnOfAbsentFields(IReadOnlyList<Prompt> prompts, PromptSourceConfig source, FaultList faults, string path)
    {
        if (source.File is null)
        {
            return;
        }

        PromptSourceConfig defaults = new();
        (string Field, string Name, bool IsNamed, Func<Prompt, bool> Has)[] named =
        [
            ("answer_field", source.AnswerField, source.AnswerField != defaults.AnswerField, prompt => prompt.Answer is not null),
            ("tools_field", source.ToolsField, source.ToolsField != defaults.ToolsField, prompt => prompt.ToolsJson is not null),
            ("template_arguments_field", source.TemplateArgumentsField, source.TemplateArgumentsField != defaults.TemplateArgumentsField, prompt => prompt.TemplateArgumentsJson is not null),
            .. source.MetadataFields.Select((name, i) => ($"metadata_fields[{i}]", name, true, (Func<Prompt, bool>)(prompt => prompt.Metadata.ContainsKey(name)))),
        ];
        foreach ((string field, string name, _, _) in named.Where(one => one.IsNamed && !prompts.Any(one.Has)))
        {
            faults.Warn($"{path}.{field}", $"none of the {prompts.Count} prompts has anything in the field \"{name}\"; is it spelt as in the file?");
        }
    }

    private static bool NeedsAnswer(RewardConfig reward) => reward is ExactMatchConfig or NumberMatchConfig or ChoiceConfig or CosineLengthConfig { CorrectSource: null };
}
