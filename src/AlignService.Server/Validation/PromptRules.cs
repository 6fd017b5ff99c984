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

    private static bool NeedsAnswer(RewardConfig reward) => reward is ExactMatchConfig or NumberMatchConfig or ChoiceConfig or CosineLengthConfig { CorrectSource: null };
}
