namespace AlignService.Specs;

/// <summary>The last segment of a job's resource name: lower-case letters, digits and '-', 4 to 63 characters.</summary>
public readonly record struct JobId(string Value)
{
    public string ResourceName => $"jobs/{Value}";

    public override string ToString() => Value;
}
