namespace AlignService.Specs.Violations;

/// <summary>Collects everything wrong or unusual in one request, so the user sees all of it at once.</summary>
public sealed class ViolationList
{
    private readonly List<Violation> _violations = [];
    private readonly List<Violation> _warnings = [];

    public IReadOnlyList<Violation> Violations => _violations;

    public IReadOnlyList<Violation> Warnings => _warnings;

    public void Add(string field, string description, ViolationCode code = ViolationCode.Invalid) => _violations.Add(new Violation(field, code, description));

    public void Warn(string field, string description, ViolationCode code = ViolationCode.Unusual) => _warnings.Add(new Violation(field, code, description));

    /// <summary>Whether anything is wrong at this field or below it.</summary>
    public bool HasAny(string field) => _violations.Any(violation => violation.Field.StartsWith(field, StringComparison.Ordinal));

    /// <summary>The same list for the fields of one message.</summary>
    public FieldViolations At(string path) => new(this, path);

    /// <exception cref="InvalidRequestException">Something is wrong.</exception>
    public void ThrowIfAny()
    {
        if (_violations.Count > 0)
        {
            throw new InvalidRequestException(_violations);
        }
    }
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
