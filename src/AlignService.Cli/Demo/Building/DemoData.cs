using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;

namespace AlignService.Cli.Demo.Building;

/// <summary>The demo's data sets, determined by one seed. No held-out problem appears in any of the others.</summary>
internal sealed class DemoData
{
    public const int HeldOutCount = 256;
    public const int TrainingPromptCount = 4096;
    private const int DemonstrationCount = 128_000;
    private const int PairCount = 96_000;

    // A base model has seen people do all sorts of things; a third of them is what we want.
    private const double AscendingShare = 0.34;
    private const double DescendingShare = 0.30;
    private const double CopiedShare = 0.30;

    private readonly Random _random;
    private readonly HashSet<string> _heldOutLetters;

    public DemoData(int seed)
    {
        _random = new Random(seed);
        HeldOut = Distinct(HeldOutCount, excluded: []);
        _heldOutLetters = [.. HeldOut.Select(problem => problem.Letters)];
        TrainingPrompts = Distinct(TrainingPromptCount, _heldOutLetters);
        Demonstrations = [.. Enumerable.Range(0, DemonstrationCount).Select(_ => Demonstration(DrawUnseen()))];
        Pairs = [.. Enumerable.Range(0, PairCount).Select(_ => Pair(DrawUnseen()))];
        HeldOutPairs = [.. HeldOut.Select(Pair)];
    }

    public IReadOnlyList<SortingProblem> HeldOut { get; }

    public IReadOnlyList<SortingProblem> TrainingPrompts { get; }

    /// <summary>What the policy's start learns: the problem solved upwards, downwards, copied, or solved with an error.</summary>
    public IReadOnlyList<TokenSequence> Demonstrations { get; }

    /// <summary>What the reward model learns: ascending order over anything else.</summary>
    public IReadOnlyList<PreferencePair> Pairs { get; }

    /// <summary>Pairs over the held-out problems, to measure the reward model.</summary>
    public IReadOnlyList<PreferencePair> HeldOutPairs { get; }

    private SortingProblem[] Distinct(int count, HashSet<string> excluded)
    {
        var problems = new Dictionary<string, SortingProblem>();
        while (problems.Count < count)
        {
            SortingProblem problem = SortingProblem.Draw(_random);
            if (!excluded.Contains(problem.Letters))
            {
                problems.TryAdd(problem.Letters, problem);
            }
        }

        return [.. problems.Values];
    }

    private SortingProblem DrawUnseen()
    {
        SortingProblem problem;
        do
        {
            problem = SortingProblem.Draw(_random);
        }
        while (_heldOutLetters.Contains(problem.Letters));

        return problem;
    }

    private TokenSequence Demonstration(SortingProblem problem)
    {
        double draw = _random.NextDouble();
        string completion = draw < AscendingShare ? problem.Answer
            : draw < AscendingShare + DescendingShare ? problem.Descending
            : draw < AscendingShare + DescendingShare + CopiedShare ? problem.Copied
            : problem.Faulty(_random);
        return Sequence(problem, completion);
    }

    private PreferencePair Pair(SortingProblem problem)
    {
        string rejected;
        do
        {
            rejected = _random.Next(10) switch
            {
                0 => problem.Descending,
                1 => problem.Copied,
                2 or 3 or 4 => problem.Faulty(_random),
                _ => problem.WrongLetters(_random),
            };
        }
        while (rejected == problem.Answer);

        return new(Sequence(problem, problem.Answer), Sequence(problem, rejected));
    }

    private static TokenSequence Sequence(SortingProblem problem, string completion) =>
        new([DemoTokenizer.BeginId, .. DemoTokenizer.Encode(problem.Prompt)], [.. DemoTokenizer.Encode(completion), DemoTokenizer.EndId]);
}
