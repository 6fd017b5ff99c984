using System.Text.RegularExpressions;
using AlignService.Training.Rewards;

namespace AlignService.Server.Validation;

/// <summary>Bounds of reward sources that show in the spec alone; <see cref="ModelRules"/> looks at reward models.</summary>
internal static partial class RewardRules
{
    public static void Check(IReadOnlyList<RewardConfig> rewards, FaultList faults, string path)
    {
        if (rewards.Count == 0 && !faults.HasFaultAt(path))
        {
            faults.Add(path, "there is no reward; a job needs at least one of reward_model, exact_match, regular_expression, number_match, length.");
        }

        var firstByName = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < rewards.Count; i++)
        {
            var range = new RangeCheck(faults, $"{path}[{i}]");
            CheckName(rewards[i].Name, range);
            if (!firstByName.TryAdd(rewards[i].Name, i))
            {
                range.Add("name", $"\"{rewards[i].Name}\" is also the name of rewards[{firstByName[rewards[i].Name]}]; names must be unique within the job.");
            }

            range.Finite("weight", rewards[i].Weight);
            if (rewards[i].Weight == 0)
            {
                range.Warn("weight", "it is 0: the source is scored and reported but trains nothing.");
            }

            CheckKind(rewards[i], range);
        }
    }

    private static void CheckName(string name, RangeCheck range)
    {
        if (!Name().IsMatch(name))
        {
            range.Add("name", $"\"{name}\" cannot name a reward; use 1 to 63 letters, digits, '_' and '-' (it becomes part of metric names).");
        }
    }

    private static void CheckKind(RewardConfig reward, RangeCheck range)
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
            default:
                break;
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
}
