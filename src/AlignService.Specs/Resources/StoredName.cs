using System.Text.RegularExpressions;

namespace AlignService.Specs.Resources;

/// <summary>The resource name of what was given to the server to keep: models/{model} or datasets/{dataset}.</summary>
/// <param name="Collection"><see cref="Models"/> or <see cref="Datasets"/>.</param>
/// <param name="Id">The last segment.</param>
public readonly partial record struct StoredName(string Collection, string Id)
{
    public const string Models = "models";

    public const string Datasets = "datasets";

    /// <summary>What an id is made of, as a clause.</summary>
    public const string Rule = "1 to 63 lower-case letters, digits, '-', '_' and '.', the first and the last a letter or a digit";

    public string ResourceName => $"{Collection}/{Id}";

    /// <summary>Reads {collection}/{id}; nothing else is such a name, not even with a path behind it.</summary>
    public static bool TryParse(string text, string collection, out StoredName name)
    {
        bool isName = text.Length > collection.Length && text.StartsWith(collection, StringComparison.Ordinal) && text[collection.Length] == '/' && Identifier().IsMatch(text.AsSpan(collection.Length + 1));
        name = isName ? new StoredName(collection, text[(collection.Length + 1)..]) : default;
        return isName;
    }

    public override string ToString() => ResourceName;

    // No id begins with a dot, so those that do are free for what is not published.
    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?\z")]
    private static partial Regex Identifier();
}

/// <summary>Where the server and its workers keep what belongs to a project; machines may see it at different places.</summary>
/// <param name="ServerPath">Absolute; has everything of the server, and directly in it what belongs to the default project.</param>
public sealed record DataRoot(string ServerPath)
{
    public ProjectId Project { get; private init; } = ProjectId.Default;

    /// <summary>The project's own root.</summary>
    public string FullPath => Project == ProjectId.Default ? ServerPath : Path.Combine(Projects, Project.Value);

    /// <summary>Has a folder for each project but the default one, once it keeps something.</summary>
    public string Projects => Path.Combine(ServerPath, "projects");

    /// <summary>The folders of the project's models and datasets.</summary>
    public IReadOnlyList<string> Collections => [Path.Combine(FullPath, StoredName.Models), Path.Combine(FullPath, StoredName.Datasets)];

    public DataRoot Of(ProjectId project) => this with { Project = project };

    public string PathOf(StoredName name) => Path.Combine(FullPath, name.Collection, name.Id);

    /// <summary>The directory of a model by its resource name; anything else unchanged.</summary>
    public string ModelDirectory(string reference) => StoredName.TryParse(reference, StoredName.Models, out StoredName name) ? PathOf(name) : reference;

    /// <summary>What a job's path leads to or into, by name or as a path below this root; null where it is something else.</summary>
    public StoredName? Find(string reference)
    {
        string relative = Path.IsPathRooted(reference) ? Path.GetRelativePath(FullPath, reference) : reference;
        string[] segments = relative.Split('/', 3);
        foreach (string collection in (string[])[StoredName.Models, StoredName.Datasets])
        {
            if (segments.Length >= 2 && segments[0] == collection && StoredName.TryParse($"{collection}/{segments[1]}", collection, out StoredName name))
            {
                return name;
            }
        }

        return null;
    }
}
