using AlignService.Text;

namespace AlignService.Specs.Violations;

/// <summary>Collects everything wrong or unusual in one request, so the user sees all of it at once.</summary>
public sealed class ViolationList
{
    /// <summary>More are counted, not kept: a request can have millions of rows.</summary>
    private const int MostKept = 1000;

    /// <summary>In characters. Field names and values are quoted, and both may be of any length.</summary>
    private const int LongestField = 200, LongestDescription = 700;

    private readonly List<Violation> _violations = [];
    private readonly List<Violation> _warnings = [];

    public IReadOnlyList<Violation> Violations => _violations;

    public IReadOnlyList<Violation> Warnings => _warnings;

    /// <summary>How many further violations there are.</summary>
    public int OmittedCount { get; private set; }

    public void Add(string field, string description, ViolationCode code = ViolationCode.Invalid)
    {
        if (_violations.Count < MostKept)
        {
            _violations.Add(Bounded(field, code, description));
        }
        else
        {
            OmittedCount++;
        }
    }

    public void Warn(string field, string description, ViolationCode code = ViolationCode.Unusual)
    {
        if (_warnings.Count < MostKept)
        {
            _warnings.Add(Bounded(field, code, description));
        }
    }

    /// <summary>Whether anything is wrong at this field or below it.</summary>
    public bool HasAny(string field) => _violations.Any(violation => violation.Field.StartsWith(field, StringComparison.Ordinal));

    /// <summary>The same list for the fields of one message.</summary>
    public FieldViolations At(string path) => new(this, path);

    /// <exception cref="InvalidRequestException">Something is wrong.</exception>
    public void ThrowIfAny()
    {
        if (_violations.Count > 0)
        {
            throw new InvalidRequestException(_violations, OmittedCount);
        }
    }

    private static Violation Bounded(string field, ViolationCode code, string description) => new(ShortText.Cut(field, LongestField), code, ShortText.CutValues(description, LongestDescription));
}

/// <summary>Collects what is wrong with the fields of one message.</summary>
/// <param name="list">The request's violations.</param>
/// <param name="path">The message's path.</param>
public sealed class FieldViolations(ViolationList list, string path)
{
    public ViolationList List => list;

    public string Path => path;

    public void Add(string field, string description, ViolationCode code = ViolationCode.Invalid) => list.Add($"{path}.{field}", description, code);

    public void Warn(string field, string description, ViolationCode code = ViolationCode.Unusual) => list.Warn($"{path}.{field}", description, code);

    /// <summary>Whether anything is wrong at this field or below it.</summary>
    public bool HasAny(string field) => list.HasAny($"{path}.{field}");

    public FieldViolations At(string field) => new(list, $"{path}.{field}");

    public FieldViolations At(string field, int index) => new(list, $"{path}.{field}[{index}]");
}
