using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Specs.Resources;

namespace AlignService.Cli.Connections;

/// <summary>Names of models and datasets on the command line: models/ID, or just ID.</summary>
internal static class StoredArgument
{
    /// <summary>The resource name.</summary>
    /// <param name="text">As given.</param>
    /// <param name="collection">models or datasets.</param>
    public static string Parse(string text, string collection)
    {
        string name = text.StartsWith($"{collection}/", StringComparison.Ordinal) ? text : $"{collection}/{text}";
        return StoredName.TryParse(name, collection, out _)
            ? name
            : throw new CommandException(ExitCode.BadInput, $"\"{text}\" is not a name of {collection}; give {collection}/ID or ID, with {StoredName.Rule}.");
    }

    /// <summary>The name that something gets if none is given: that of its file or directory, in lower case and without what names cannot have.</summary>
    /// <param name="path">Of the file or directory.</param>
    /// <param name="collection">models or datasets.</param>
    public static string Of(string path, string collection)
    {
        string last = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        string id = new([.. last.ToLowerInvariant().Select(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-' ? character : '-')]);
        return StoredName.TryParse($"{collection}/{id.Trim('-', '.', '_')}", collection, out StoredName name)
            ? name.ResourceName
            : throw new CommandException(ExitCode.BadInput, $"No name can be made of \"{last}\"; give one with --name, of {StoredName.Rule}.");
    }

    public static Option<string?> NameOption(string collection) => new("--name") { Description = $"The name on the server; left out, that of what is pushed, in lower case", HelpName = $"{collection}/ID" };
}
