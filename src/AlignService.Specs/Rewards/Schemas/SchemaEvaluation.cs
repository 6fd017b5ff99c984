namespace AlignService.Specs.Rewards.Schemas;

/// <summary>
/// The work limit per value. A short schema can require any amount of work: 30 definitions that each refer twice to the next are 2^30 checks, and so is one that
/// refers twice to itself for a list in a list in a list. Whoever waits can stop it at each step.
/// </summary>
internal sealed class SchemaEvaluation(CancellationToken cancellationToken)
{
    /// <summary>Most schemas checked against the value and its parts, a fraction of a second of work.</summary>
    private const int MostSteps = 1_000_000;

    /// <summary>Deepest nesting of schemas; a value of the maximum depth, 64, can have seven at each level.</summary>
    private const int DeepestStep = 500;

    private int _steps;
    private int _depth;

    public void Enter()
    {
        Step();
        if (++_depth > DeepestStep)
        {
            throw new SchemaLimitException();
        }
    }

    /// <exception cref="SchemaLimitException">The evaluation is too long.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public void Step()
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (++_steps > MostSteps)
        {
            throw new SchemaLimitException();
        }
    }

    public void Leave() => _depth--;
}

/// <summary>A value needs more work than a schema check may take.</summary>
internal sealed class SchemaLimitException : Exception;
