using System.Text;
using AlignService.Architecture.Tests.Solution;
using Xunit;

namespace AlignService.Architecture.Tests.Torch;

public sealed class GlibcxxRequirementTests
{
    private static readonly byte[] OldSystem = Encoding.ASCII.GetBytes("..\0GLIBCXX_3.4.29\0GLIBCXX_3.4.30\0..");
    private static readonly byte[] NewSystem = Encoding.ASCII.GetBytes("..\0GLIBCXX_3.4.30\0GLIBCXX_3.4.32\0..");
    private static readonly byte[] AncientSystem = Encoding.ASCII.GetBytes("..\0GLIBCXX_3.4.28\0GLIBCXX_3.4.29\0..");

    private static readonly byte[] Shim = File.ReadAllBytes(TorchPackages.Shim);

    [Fact]
    public void Shim_AsShipped_AsksForTheNewVersion() =>
        Assert.Contains(new ElfVersions(Shim).Needed, version => version.Name == GlibcxxRequirement.Wanted);

    [Fact]
    public void Fit_OldSystem_NoRequirementOfTheNewVersionIsLeft()
    {
        byte[] fitted = GlibcxxRequirement.Fit(Shim, OldSystem);

        IReadOnlyList<(string Name, uint Hash)> needed = new ElfVersions(fitted).Needed;
        uint wantedHash = new ElfVersions(Shim).Needed.First(version => version.Name == GlibcxxRequirement.Wanted).Hash;
        Assert.DoesNotContain(needed, version => version.Name == GlibcxxRequirement.Wanted || version.Hash == wantedHash);
    }

    [Fact]
    public void Fit_OldSystem_LoweredEntriesCarryTheHashOfTheirName()
    {
        // Every other entry of the same name was hashed by the linker that built the shim.
        IEnumerable<uint> hashes = new ElfVersions(GlibcxxRequirement.Fit(Shim, OldSystem)).Needed
            .Where(version => version.Name == GlibcxxRequirement.Offered)
            .Select(version => version.Hash);
        uint shipped = new ElfVersions(Shim).Needed.First(version => version.Name == GlibcxxRequirement.Offered).Hash;
        Assert.All(hashes, hash => Assert.Equal(shipped, hash));
    }

    [Fact]
    public void Fit_OldSystem_ChangesAHandfulOfBytesAndNotTheInput()
    {
        byte[] before = (byte[])Shim.Clone();
        byte[] fitted = GlibcxxRequirement.Fit(Shim, OldSystem);

        Assert.Equal(before, Shim);
        Assert.Equal(Shim.Length, fitted.Length);
        Assert.InRange(fitted.Zip(Shim).Count(pair => pair.First != pair.Second), 1, 8);
    }

    [Fact]
    public void Fit_Twice_IsFitOnce()
    {
        byte[] once = GlibcxxRequirement.Fit(Shim, OldSystem);
        Assert.Equal(once, GlibcxxRequirement.Fit(once, OldSystem));
    }

    [Fact]
    public void Fit_NewSystem_LeavesTheLibraryAlone() => Assert.Same(Shim, GlibcxxRequirement.Fit(Shim, NewSystem));

    [Fact]
    public void Fit_SystemTooOld_SaysWhatIsOfferedAndNeeded()
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => GlibcxxRequirement.Fit(Shim, AncientSystem));
        Assert.Contains("neither GLIBCXX_3.4.32 nor GLIBCXX_3.4.30", error.Message, StringComparison.Ordinal);
        Assert.Contains("GCC 12", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_NotAnElfFile_Says() =>
        Assert.Throws<InvalidDataException>(() => GlibcxxRequirement.Fit(Encoding.ASCII.GetBytes("MZ this is no ELF file"), OldSystem));

    [Fact]
    public void LaidShim_AsksOnlyForWhatTheSystemOffers()
    {
        ElfVersions laid = new(File.ReadAllBytes(Path.Combine(BuiltAssembly.ProgramFolder, TorchPackages.ShimName)));
        ElfVersions system = new(File.ReadAllBytes(TorchPackages.SystemLibrary));
        IEnumerable<(string Name, uint Hash)> needed = laid.Needed.Where(version => version.Name.StartsWith("GLIBCXX_", StringComparison.Ordinal));

        Assert.NotEmpty(needed);
        Assert.All(needed, version => Assert.Contains(version, system.Offered));
    }
}
