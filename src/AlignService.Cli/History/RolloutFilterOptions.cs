using System.CommandLine;
using System.Globalization;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.History;

/// <summary>The options that say which rollouts.</summary>
internal sealed class RolloutFilterOptions
{
    private readonly Option<int> _from = new("--from") { Description = "First step", HelpName = "STEP" };
    private readonly Option<int> _to = new("--to") { Description = "Last step", HelpName = "STEP" };
    private readonly Option<string?> _reward = Range("--reward", "Only with a reward in this range, as in 0.5..1, 0.9.. or ..0");
    private readonly Option<string?> _advantage = Range("--advantage", "Only with an advantage in this range");
    private readonly Option<string?> _tokens = Range("--tokens", "Only with so many tokens in the completion, as in 1..20");
    private readonly Option<string[]> _scores = new("--score") { Description = "Only with a score of this source in this range; may be repeated: all must match", HelpName = "SOURCE=RANGE" };
    private readonly Option<string[]> _finish = new("--finish") { Description = "Only those that ended by this (stop, stop_string, length); may be repeated", HelpName = "REASON" };
    private readonly Option<string> _text = new("--text") { Description = "Only completions that contain this, regardless of case", HelpName = "TEXT", DefaultValueFactory = _ => "" };
    private readonly Option<string> _prompt = new("--prompt") { Description = "Only those whose prompt contains this, regardless of case", HelpName = "TEXT", DefaultValueFactory = _ => "" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_from, _to, _reward, _advantage, _tokens, _scores, _finish, _text, _prompt])
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandException">An option that cannot be read.</exception>
    public RolloutFilter Read(ParseResult result)
    {
        RolloutFilter filter = new()
        {
            FromStep = result.GetValue(_from),
            ToStep = result.GetValue(_to),
            FinishReasons = { result.GetValue(_finish) ?? [] },
            CompletionText = result.GetValue(_text)!, // these have defaults
            PromptText = result.GetValue(_prompt)!,
        };
        Set(Parse(_reward.Name, result.GetValue(_reward)), min => filter.MinReward = min, max => filter.MaxReward = max);
        Set(Parse(_advantage.Name, result.GetValue(_advantage)), min => filter.MinAdvantage = min, max => filter.MaxAdvantage = max);
        Set(Parse(_tokens.Name, result.GetValue(_tokens)), min => filter.MinTokens = (int)min, max => filter.MaxTokens = (int)max);
        foreach (string given in result.GetValue(_scores) ?? [])
        {
            string[] parts = given.Split('=', 2);
            ScoreRange range = new() { Source = parts[0] };
            Set(Parse(_scores.Name, parts.Length > 1 ? parts[1] : ""), min => range.Min = min, max => range.Max = max);
            filter.Scores.Add(range);
        }

        return filter;
    }

    /// <summary>MIN..MAX with either left out; one number is both.</summary>
    internal static (double? Min, double? Max) Parse(string option, string? text)
    {
        if (text is null)
        {
            return (null, null);
        }

        string[] parts = text.Split("..", 2);
        double? min = Bound(parts[0]), max = Bound(parts[^1]);
        return min is null && max is null ? throw Bad() : (min, max);

        double? Bound(string part) => part.Length == 0 ? null : double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : throw Bad();

        CommandException Bad() => new(ExitCode.BadInput, $"{option} {text} is not a range; give MIN..MAX, MIN.., ..MAX or one number, as in {option} 0.5..1.");
    }

    private static void Set((double? Min, double? Max) range, Action<double> setMin, Action<double> setMax)
    {
        if (range.Min is { } min)
        {
            setMin(min);
        }

        if (range.Max is { } max)
        {
            setMax(max);
        }
    }

    private static Option<string?> Range(string name, string description) => new(name) { Description = description, HelpName = "RANGE" };
}
