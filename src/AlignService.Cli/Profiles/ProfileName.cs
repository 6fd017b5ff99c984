using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Specs;
using AlignService.Specs.Violations;

namespace AlignService.Cli.Profiles;

/// <summary>An argument that names a profile.</summary>
internal static class ProfileName
{
    private static IReadOnlyList<string> Known => [.. ProfileCatalog.All.Select(profile => profile.Name)];

    public static Argument<string> Argument(string name)
    {
        var argument = new Argument<string>(name) { Description = "A profile name from `align profiles`", HelpName = "PROFILE" };
        argument.CompletionSources.Add([.. Known]);
        return argument;
    }

    public static ProfileEntry Find(string name) =>
        ProfileCatalog.All.FirstOrDefault(profile => profile.Name == name)
        ?? throw new CommandException(ExitCode.BadInput, $"\"{name}\" is not a profile; {NearNames.Hint(name, Known)}");
}
