using AlignService.Testing;
using Mono.Cecil;

namespace AlignService.Architecture.Tests.Solution;

/// <summary>The projects of src/ as they were built together with these tests.</summary>
internal static class BuiltAssembly
{
    /// <summary>Debug or Release: the name of this test's own output folder.</summary>
    public static string Configuration { get; } =
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Parent!.Name;

    /// <summary>Where the command line and everything that it needs lie.</summary>
    public static string ProgramFolder { get; } =
        Path.Combine(Repository.Root, "src", "AlignService.Cli", "bin", Configuration, "net10.0", "linux-x64");

    /// <summary>All projects of src/, named as the projects are.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. SourceProject.InSrc.Select(project => project.Name)];

    /// <summary>Names of the assemblies that the code of a project really uses, the framework's among them.</summary>
    public static IReadOnlyList<string> References(string project)
    {
        using ModuleDefinition module = Open(project);
        return [.. module.AssemblyReferences.Select(reference => reference.Name)];
    }

    public static ModuleDefinition Open(string project)
    {
        string assembly = project == "AlignService.Cli" ? "align" : project;
        return ModuleDefinition.ReadModule(Path.Combine(ProgramFolder, assembly + ".dll"));
    }
}
