using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using AlignService.Testing;
using Xunit;

namespace AlignService.Client.Tests;

/// <summary>What `dotnet pack` makes of the client.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task The_package_has_the_client_its_page_and_no_server()
    {
        string folder = Directory.CreateTempSubdirectory("align-pack-").FullName;
        try
        {
            foreach (string project in (string[])["AlignService.Contracts", "AlignService.Client"])
            {
                ProcessStartInfo pack = new("dotnet", ["pack", Path.Combine(Repository.Root, "src", project), "--no-build", "-c", "Release", "-o", folder, "-nodeReuse:false"]) { RedirectStandardOutput = true };
                using Process process = Process.Start(pack)!;
                string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.True(process.ExitCode == 0, output);
            }

            string file = Assert.Single(Directory.GetFiles(folder, "AlignService.Client.*.nupkg"));
            Assert.Single(Directory.GetFiles(folder, "AlignService.Contracts.*.nupkg"));
            using ZipArchive package = ZipFile.OpenRead(file);
            Assert.Superset(
                new HashSet<string> { "README.md", "LICENSE", "lib/net10.0/AlignService.Client.dll", "lib/net10.0/AlignService.Client.xml" },
                package.Entries.Select(entry => entry.FullName).ToHashSet());
            using Stream nuspec = package.GetEntry("AlignService.Client.nuspec")!.Open();
            XDocument described = XDocument.Load(nuspec);
            string[] needed = [.. described.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value)];
            Assert.Superset(new HashSet<string> { "AlignService.Contracts", "Grpc.Net.Client", "Grpc.StatusProto" }, needed.ToHashSet());
            Assert.All(needed, name => Assert.True(name == "AlignService.Contracts" || name.StartsWith("Grpc.", StringComparison.Ordinal) || name.StartsWith("Google.", StringComparison.Ordinal) || name == "Microsoft.Extensions.Logging.Abstractions", name));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
