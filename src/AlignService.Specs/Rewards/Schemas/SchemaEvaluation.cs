namespace AlignService.Specs.Rewards.Schemas;

/// <summary>
/// The work that one value may cost. A short schema can ask for any amount of it: 30 definitions that each refer twice to the next are 2^30 checks, and so is one that
/// refers twice to itself for a list in a list in a list.
/// </summary>
internal sealed class SchemaEvaluation
{
    /// <summary>Schemas held against the value and its parts, a fraction of a second of work.</summary>
    private const int MostSteps = 1_000_000;

    /// <summary>Schemas inside one another; a value of the greatest depth, 64, has room for seven at each level.</summary>
    private const int DeepestStep = 500;

    private int _steps;
    private int _depth;

    public void Enter()
    {
        if (++_steps > MostSteps || ++_depth > DeepestStep)
        {
            throw new SchemaLimitException();
        }
    }

    public void Leave() => _depth--;
}

/// <summary>A value needs more work than a schema check may take.</summary>
internal sealed class SchemaLimitException : Exception;
