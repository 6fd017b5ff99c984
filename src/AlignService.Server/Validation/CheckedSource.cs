using AlignService.Specs.Data;

namespace AlignService.Server.Validation;

/// <summary>A source of training data of any kind, for validation.</summary>
internal sealed record CheckedSource<T>
{
    /// <summary>Name of its rows: prompts, examples, preferences.</summary>
    public required string Noun { get; init; }

    /// <summary>Null where the rows are inline.</summary>
    public required string? File { get; init; }

    public required IReadOnlyList<T> Inline { get; init; }

    public required int Limit { get; init; }

    /// <summary>Optional fields.</summary>
    public IReadOnlyList<NamedField<T>> OptionalFields { get; init; } = [];

    /// <summary>What of it is held out.</summary>
    public required IHeldOutShare HeldOut { get; init; }

    /// <summary>The rows that are trained on, and those that are held out.</summary>
    public required Func<IReadOnlyList<T>, (IReadOnlyList<T> Training, IReadOnlyList<T> HeldOut)> Split { get; init; }

    /// <summary>What a row has as plain text.</summary>
    public required Func<T, IEnumerable<string?>> TextsOf { get; init; }

    /// <summary>How messages that are written as text are read as messages.</summary>
    public required string WayToMessages { get; init; }

    /// <summary>Reads the whole file.</summary>
    public required Func<IReadOnlyList<T>> Load { get; init; }

    /// <summary>What is wrong with an inline row; null where nothing is.</summary>
    public required Func<T, string?> FindFault { get; init; }
}
