using AlignService.Jobs.Ports;
using AlignService.Store.Sql;
using Npgsql;
using Xunit;

namespace AlignService.Store.Tests;

public sealed class StoreFactoryTests
{
    [Theory]
    [InlineData("")]
    [InlineData("sqlite:")]
    [InlineData("mysql://host/db")]
    [InlineData("Data Source=align.db")]
    [InlineData("Host=;Database=x")]
    [InlineData("Nonsense=1;Host=x")]
    [InlineData("postgres://[")]
    public void Open_SomethingElse_SaysWhatIsPossible(string connection)
    {
        StoreException error = Assert.Throws<StoreException>(() => StoreFactory.Open(connection, TimeProvider.System));
        Assert.Contains("store", error.Message, StringComparison.Ordinal);
        Assert.Contains(connection.StartsWith("postgres", StringComparison.Ordinal) ? "postgres://user:password@host" : "sqlite:PATH", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BrokenPostgresText_DoesNotRepeatThePassword()
    {
        StoreException error = Assert.Throws<StoreException>(() => StoreFactory.Open("Host=x;Password=geheim;Nonsense=1", TimeProvider.System));
        Assert.DoesNotContain("geheim", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PostgresUri_WithEverything_IsRead()
    {
        var read = new NpgsqlConnectionStringBuilder(
            PostgresUri.ToConnectionString("postgresql://al%40ice:p%3Aw%2F;d@db.example:6543/align%20db?sslmode=verify-full&application_name=me"));
        Assert.Equal(
            ("al@ice", "p:w/;d", "db.example", 6543, "align db", SslMode.VerifyFull, "me"),
            (read.Username, read.Password, read.Host, read.Port, read.Database, read.SslMode, read.ApplicationName));
    }

    [Theory]
    [InlineData("sqlite:{0}/a/align.db", "a/align.db")]
    [InlineData("{0}/b/align.db", "b/align.db")]
    public async Task Open_Sqlite_MakesItsFolderAndFile(string connection, string file)
    {
        string folder = Directory.CreateTempSubdirectory("align-store-").FullName;
        await using (JobStore store = StoreFactory.Open(string.Format(null, connection, folder), TimeProvider.System))
        {
            await store.MigrateAsync(TestContext.Current.CancellationToken);
            Assert.True(File.Exists(Path.Combine(folder, file)));
        }

        Directory.Delete(folder, recursive: true);
    }
}
