using System.Text.RegularExpressions;
using AlignService.Specs.Binding;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>One source of reward, by name and weight. A kind is one file: its settings, their rules, and how it scores.</summary>
[WireUnion("kind", typeof(RewardKinds), "reward")]
public abstract partial record RewardConfig : IPlaced
{
    /// <summary>It has what rewards look for: reasoning, steps, a number, a box, JSON.</summary>
    private const string MadeUpCompletion = "<think>Six times seven.\n\nThat is 42.</think>\n\nThe answer is \\boxed{42}.\n```json\n{\"answer\": 42}\n```";

    /// <summary>Unique within the job; names its metrics.</summary>
    [Setting("../name")]
    public required string Name { get; init; }

    /// <summary>Factor of its score.</summary>
    [Setting("../weight", Aliases = "reward_weights coef")]
    public double Weight { get; init; } = 1;

    /// <summary>Index in the request's list of rewards.</summary>
    public int Place { get; init; }

    /// <summary>Whether it compares with the prompts' answers.</summary>
    internal virtual bool NeedsAnswer => false;

    /// <summary>Whether it scores the segments of a completion one by one.</summary>
    internal virtual bool ScoresSegments => false;

    /// <summary>The model that it loads; null: none.</summary>
    internal virtual string? ModelDirectory => null;

    /// <summary>With another name for its model, if it has one.</summary>
    internal virtual RewardConfig WithModel(Func<string, string> rename) => this;

    /// <summary>For a trial, which says what is unscored instead of doing something about it.</summary>
    internal virtual RewardConfig ForTrial() => this;

    /// <summary>Name of another source whose scores it reads; null: none.</summary>
    internal virtual string? AskedSource => null;

    /// <exception cref="AlignException">It cannot be set up.</exception>
    internal abstract IReward Create(RewardSetup setup);

    /// <summary>Rules beyond the bounds of single settings.</summary>
    /// <param name="violations">Violations of the kind's message.</param>
    /// <param name="all">Every reward of the job.</param>
    /// <param name="cancellationToken">Ends the check of a long schema.</param>
    internal virtual void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
    }

    /// <summary>Scores a made-up completion, under the limits of a run, so that what can never score is found at submit.</summary>
    /// <param name="request">The completion, of a prompt of the job.</param>
    /// <param name="violations">Violations of the kind's message.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    internal virtual void Try(ScoringRequest request, FieldViolations violations, CancellationToken cancellationToken)
    {
    }

    /// <summary>Tries every reward on a made-up completion.</summary>
    /// <param name="rewards">Without violations.</param>
    /// <param name="prompt">One of the job's.</param>
    /// <param name="job">The kind's message.</param>
    /// <param name="cancellationToken">Ends the trials.</param>
    public static void TryAll(IReadOnlyList<RewardConfig> rewards, Prompt prompt, FieldViolations job, CancellationToken cancellationToken)
    {
        ScoringRequest request = new(prompt, MadeUpCompletion, [.. Enumerable.Range(0, 32)], Truncated: false);
        foreach (RewardConfig reward in rewards)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reward.Try(request, job.At("rewards", reward.Place).At(RewardKinds.NameOf(reward)), cancellationToken);
        }
    }

    /// <summary>Text in a language (patterns, schemas, scripts) is parsed at submit.</summary>
    private protected static void CheckText(string field, Func<object> parse, FieldViolations violations)
    {
        try
        {
            _ = parse();
        }
        catch (RewardException exception)
        {
            violations.Add(field, exception.Message);
        }
    }

    /// <summary>Rules about all rewards together.</summary>
    /// <param name="rewards">Those that could be read.</param>
    /// <param name="job">The kind's message.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    public static void CheckAll(IReadOnlyList<RewardConfig> rewards, FieldViolations job, CancellationToken cancellationToken)
    {
        if (rewards.Count == 0 && !job.HasAny("rewards"))
        {
            job.Add("rewards", $"there are no rewards; give at least one of {string.Join(", ", new RewardKinds().Kinds.Keys)}.", ViolationCode.Missing);
        }

        var firstByName = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (RewardConfig reward in rewards)
        {
            FieldViolations at = job.At("rewards", reward.Place);
            CheckName(reward.Name, at);
            if (!firstByName.TryAdd(reward.Name, reward.Place))
            {
                at.Add("name", $"\"{reward.Name}\" is also the name of rewards[{firstByName[reward.Name]}]; names must be unique within the job.", ViolationCode.Conflict);
            }

            if (reward.Weight == 0)
            {
                at.Warn("weight", "it is 0: the source is scored and reported but not trained on.");
            }

            cancellationToken.ThrowIfCancellationRequested();
            reward.Check(at.At(RewardKinds.NameOf(reward)), rewards, cancellationToken);
        }
    }

    private static void CheckName(string name, FieldViolations at)
    {
        if (!ValidName().IsMatch(name))
        {
            at.Add("name", $"\"{name}\" is not a valid reward name; use 1 to 63 letters, digits, '_' and '-' (it becomes part of metric names).");
        }
        else if (TakenName().IsMatch(name))
        {
            at.Add("name", $"\"{name}\" is reserved for the job's own metrics, which the source's would overwrite; use another name.", ViolationCode.Conflict);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,63}\z")]
    private static partial Regex ValidName();

    /// <summary>eval/reward/* is the weighted sum of all sources, eval/avg_at_n and pass_at_k are rates, reward/soft_overlong/* is the penalty of soft_overlong_cache.</summary>
    [GeneratedRegex(@"\A(reward|soft_overlong|(avg|pass)_at_[0-9]+)\z")]
    private static partial Regex TakenName();
}

/// <summary>Every kind of reward, by its field in RewardSource. A new kind needs its file, its message and a line here.</summary>
internal sealed class RewardKinds : IWireKinds
{
    public IReadOnlyDictionary<string, Type> Kinds { get; } = new OrderedDictionary<string, Type>
    {
        ["reward_model"] = typeof(RewardModelConfig),
        ["exact_match"] = typeof(ExactMatchConfig),
        ["regular_expression"] = typeof(RegularExpressionConfig),
        ["number_match"] = typeof(NumberMatchConfig),
        ["length"] = typeof(LengthConfig),
        ["choice"] = typeof(ChoiceConfig),
        ["json"] = typeof(JsonConfig),
        ["think_format"] = typeof(ThinkFormatConfig),
        ["cosine_length"] = typeof(CosineLengthConfig),
        ["overlong"] = typeof(OverlongConfig),
        ["repetition"] = typeof(RepetitionConfig),
        ["java_script"] = typeof(JavaScriptConfig),
        ["process_reward_model"] = typeof(ProcessRewardModelConfig),
        ["remote"] = typeof(GrpcRewardConfig),
        ["http"] = typeof(HttpRewardConfig),
        ["llm_judge"] = typeof(LlmJudgeConfig),
    };

    public static string NameOf(RewardConfig reward) => new RewardKinds().Kinds.Single(kind => kind.Value == reward.GetType()).Key;
}
