using AlignService.Jobs.Ports;
using Npgsql;

namespace AlignService.Store.Sql;

/// <summary>Reads postgres://user:password@host:port/database?key=value, as in libpq.</summary>
internal static class PostgresUri
{
    public static string ToConnectionString(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri))
        {
            throw new StoreException("store begins with postgres:// but is not a URI; write postgres://user:password@host:port/database, with special characters percent-encoded.");
        }

        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host };
        if (uri.Port > 0)
        {
            builder.Port = uri.Port;
        }

        string[] user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        string database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (database.Length > 0)
        {
            builder.Database = database;
        }

        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            // libpq joins words without a space or with _; Npgsql's own names have spaces.
            string key = parts[0] == "sslmode" ? "SSL Mode" : parts[0].Replace('_', ' ');
            builder[key] = Uri.UnescapeDataString(parts.Length > 1 ? parts[1].Replace("verify-", "Verify", StringComparison.Ordinal) : "");
        }

        return builder.ToString();
    }
}
