using System.Text.RegularExpressions;
using AlignService.Server.Mapping;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Forms;
using AlignService.Specs.Rewards.Lengths;
using AlignService.Specs.Rewards.Models;
using AlignService.Specs.Rewards.Schemas;
using AlignService.Specs.Rewards.Scripts;

namespace AlignService.Server.Validation;

/// <summary>Bounds of reward sources that show in the spec alone; <see cref="ModelRules"/> looks at reward models.</summary>
internal static partial class RewardRules
{
    public static void Check(IReadOnlyList<RewardConfig> rewards, FaultList faults, string path)
    {
        if (rewards.Count == 0 && !faults.HasFaultAt(path))
        {
            faults.Add(path, $"there is no reward; a job needs at least one of {RewardMapper.KindNames}.");
        }

        var firstByName = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((RewardConfig reward, int place) in rewards.Zip(Places(faults, path)))
        {
            var range = new RangeCheck(faults, $"{path}[{place}]");
            CheckName(reward.Name, range);
            if (!firstByName.TryAdd(reward.Name, place))
            {
                range.Add("name", $"\"{reward.Name}\" is also the name of rewards[{firstByName[reward.Name]}]; names must be unique within the job.");
            }

            range.Finite("weight", reward.Weight);
            if (reward.Weight == 0)
            {
                range.Warn("weight", "it is 0: the source is scored and reported but trains nothing.");
            }

            CheckKind(reward, rewards, range);
        }
    }

    /// <summary>Where in the spec the rewards stand that could be read: those without a kind are not among the records.</summary>
    public static IEnumerable<int> Places(FaultList faults, string path)
    {
        for (int place = 0; ; place++)
        {
            if (!faults.HasFaultAt($"{path}[{place}].kind"))
            {
                yield return place;
            }
        }
    }

    private static void CheckName(string name, RangeCheck range)
    {
        if (!Name().IsMatch(name))
        {
            range.Add("name", $"\"{name}\" cannot name a reward; use 1 to 63 letters, digits, '_' and '-' (it becomes part of metric names).");
        }
        else if (TakenName().IsMatch(name))
        {
            range.Add("name", $"\"{name}\" is the name of metrics of the job's own, which the source's would overwrite; give the source another name.");
        }
    }

    private static void CheckKind(RewardConfig reward, IReadOnlyList<RewardConfig> all, RangeCheck range)
    {
        switch (reward)
        {
            case RegularExpressionConfig expression:
                CheckPattern(expression.Pattern, range);
                break;
            case NumberMatchConfig number:
                range.AtLeast("number_match.tolerance", number.Tolerance, 0);
                break;
            case LengthConfig length:
                range.AtLeast("length.max_tokens", length.MaxTokens, 1);
                range.Finite("length.at_zero", length.AtZero);
                range.Finite("length.at_max", length.AtMax);
                break;
            case ProcessRewardModelConfig process:
                range.AtLeast("process_reward_model.step_token", process.StepToken, 0);
                break;
            case ChoiceConfig choice:
                CheckOptions(choice.Options, range);
                break;
            case JsonConfig { Schema: { } schema }:
                CheckText("json.schema", () => JsonSchema.Parse(schema), range);
                break;
            case JavaScriptConfig script:
                CheckText("java_script.script", () => RewardScript.Parse(script.Script), range);
                if (script is { StepPerToken: true, StepDelimiter: { } delimiter })
                {
                    range.Add("java_script.step_per_token", $"it is true, but step_delimiter is \"{delimiter}\": a step is a token or ends with the delimiter; leave one of them out.");
                }

                break;
            case ThinkFormatConfig think when !TagName().IsMatch(think.Tag):
                range.Add("think_format.tag", $"\"{think.Tag}\" cannot name a tag; use letters, digits, '_' and '-', without < and >.");
                break;
            case CosineLengthConfig cosine:
                CheckCosine(cosine, all, range);
                break;
            case OverlongConfig overlong:
                CheckOverlong(overlong, range);
                break;
            case RepetitionConfig repetition:
                range.AtLeast("repetition.ngram_size", repetition.NgramSize, 1);
                range.AtMostZero("repetition.max_penalty", repetition.MaxPenalty);
                break;
            default:
                break;
        }
    }

    private static void CheckOptions(IReadOnlyList<string> options, RangeCheck range)
    {
        if (options.Count < 2)
        {
            range.Add("choice.options", $"there is {options.Count} option; a choice needs at least 2.");
        }

        if (options.Any(string.IsNullOrWhiteSpace))
        {
            range.Add("choice.options", "an option is empty.");
        }

        if (options.GroupBy(option => option, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            range.Add("choice.options", $"\"{twice.Key}\" is there {twice.Count()} times (upper and lower case count as equal); options must differ.");
        }
    }

    private static void CheckText(string field, Func<object> parse, RangeCheck range)
    {
        try
        {
            _ = parse();
        }
        catch (RewardException exception)
        {
            range.Add(field, exception.Message);
        }
    }

    private static void CheckCosine(CosineLengthConfig cosine, IReadOnlyList<RewardConfig> all, RangeCheck range)
    {
        range.AtLeast("cosine_length.max_tokens", cosine.MaxTokens, 1);
        range.Finite("cosine_length.min_value_wrong", cosine.MinValueWrong);
        range.Finite("cosine_length.max_value_wrong", cosine.MaxValueWrong);
        range.Finite("cosine_length.min_value_correct", cosine.MinValueCorrect);
        range.Finite("cosine_length.max_value_correct", cosine.MaxValueCorrect);
        range.Finite("cosine_length.correct_from", cosine.CorrectFrom);
        string[] others = [.. all.Where(reward => reward is not CosineLengthConfig).Select(reward => reward.Name)];
        if (cosine.CorrectSource is { } source && !others.Contains(source))
        {
            string known = others.Length == 0 ? "this job has none" : $"known: {string.Join(", ", others)}";
            range.Add("cosine_length.correct_source", $"\"{source}\" is no reward of this job that can tell what is right; {known}. Leave it out to compare with the prompts' answers.");
        }
    }

    private static void CheckOverlong(OverlongConfig overlong, RangeCheck range)
    {
        range.AtLeast("overlong.max_tokens", overlong.MaxTokens, 1);
        range.AtLeast("overlong.cache", overlong.Cache, 0);
        if (overlong is { MaxTokens: { } most, Cache: { } cache } && cache > most)
        {
            range.Add("overlong.cache", $"it is {cache}, more than max_tokens = {most}; it must be at most that.");
        }
    }

    private static void CheckPattern(string pattern, RangeCheck range)
    {
        if (pattern.Length == 0)
        {
            range.Add("regular_expression.pattern", "it is empty and would match everything; give a .NET regular expression.");
            return;
        }

        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException exception)
        {
            range.Add("regular_expression.pattern", $"\"{pattern}\" is not a regular expression: {exception.Message}");
        }
        catch (NotSupportedException exception)
        {
            range.Add("regular_expression.pattern", $"\"{pattern}\" needs backtracking, which could take for ever on some completion ({exception.Message}). Write it without look-around and back-references.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,63}\z")]
    private static partial Regex Name();

    /// <summary>eval/reward/* is the weighted sum of all sources, eval/avg_at_n and pass_at_k are rates, reward/soft_overlong/* is the penalty of soft_overlong_cache.</summary>
    [GeneratedRegex(@"\A(reward|soft_overlong|(avg|pass)_at_[0-9]+)\z")]
    private static partial Regex TakenName();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,63}\z")]
    private static partial Regex TagName();
}
