namespace Graft.Runs.Tests;

public class RunFolderTests
{
    [Fact]
    public void ARunIsFoundByItsNumberItsNameItsBeginningItsPathAndAsTheLast()
    {
        using TemporaryFolder root = new();
        TestClock clock = new();
        foreach (string data in new[] { "rocks", "flowers", "flags" })
        {
            using RunRecorder run = RunRecorder.Start(TestRuns.Config(data), new RunRecorderOptions { Root = root.Path, Time = clock });
            run.Finish(new RunResult());
            clock.Now += TimeSpan.FromMinutes(1);
        }

        RunStore store = RunStore.Open(root.Path);
        foreach (string which in new[] { "2", "2026-11-23-142601", "2026-11-23-142601-flowers" })
        {
            Assert.Equal("2026-11-23-142601-flowers", RunFolder.Find(root.Path, which).Name);
            Assert.Equal("2026-11-23-142601-flowers", store.Find(which).Name);
        }

        Assert.Equal("2026-11-23-142701-flags", RunFolder.Find(root.Path, "last").Name);
        Assert.Equal("2026-11-23-142701-flags", store.Find("last").Name);
        Assert.Equal("2026-11-23-142501-rocks", RunFolder.Find("elsewhere", root["2026-11-23-142501-rocks"]).Name);
        string ambiguous = "'2026-11' is the beginning of 3 runs: 2026-11-23-142701-flags, 2026-11-23-142601-flowers, 2026-11-23-142501-rocks. Type more of the name.";
        Assert.Equal(ambiguous, Assert.Throws<RunException>(() => RunFolder.Find(root.Path, "2026-11")).Message);
        Assert.Equal(ambiguous, Assert.Throws<RunException>(() => store.Find("2026-11")).Message);
        string unknown = $"There is no run '99' in '{root.Path}'. A run is named by its number, the beginning of its name, or 'last'; 'graft runs' lists them.";
        Assert.Equal(unknown, Assert.Throws<RunException>(() => RunFolder.Find(root.Path, "99")).Message);
        Assert.Equal(unknown, Assert.Throws<RunException>(() => store.Find("99")).Message);

        // Without the database too.
        File.Delete(root["runs.db"]);
        Assert.Equal("2026-11-23-142601-flowers", RunFolder.Find(root.Path, "2026-11-23-1426").Name);
    }

    [Fact]
    public void WhereThereAreNoRunsThisIsSaid()
    {
        using TemporaryFolder root = new();
        string expected = $"There are no runs in '{root["none"]}'. Start one with 'graft train', or name the folder of the runs with --runs.";
        Assert.Equal(expected, Assert.Throws<RunException>(() => RunFolder.Find(root["none"], "last")).Message);
        Assert.Null(RunStore.OpenExisting(root["none"]));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("")]
    public void ANameThatLeadsOutOfTheFolderIsRefused(string name)
    {
        RunException error = Assert.Throws<RunException>(() => RunFolder.Open("runs", name));
        Assert.Equal($"'{name}' is not the name of a run: a run's name is that of one folder. Name a run that 'graft runs' lists.", error.Message);
    }

    [Theory]
    [InlineData("", "The input does not contain any JSON tokens")]
    [InlineData("null", "it is empty")]
    [InlineData("[]", "The JSON value could not be converted to Graft.Runs.RunConfig")]
    [InlineData("{}", "missing required properties")]
    [InlineData("{\"command\":null,\"data\":\"d\",\"trunk\":\"t\",\"mode\":\"m\"}", "doesn't allow null values")]
    [InlineData("{\"command\":\"c\",\"data\":\"d\",\"trunk\":\"t\",\"mode\":\"m\",\"classes\":-1}", "Classes is a count and must be 0 or more, not -1")]
    [InlineData("{\"command\":\"c\",\"data\":\"d\",\"trunk\":\"t\",\"mode\":\"m\",\"seed\":-1}", "could not be converted to Graft.Runs.RunConfig. Path: $.seed")]
    [InlineData("{\"command\":\"c\",\"data\":\"d\",\"trunk\":\"t\",\"mode\":\"m\",\"settings\":{\"a\":1}}", "could not be converted to System.String")]
    public void AConfigurationThatIsNoneIsRefused(string text, string reason)
    {
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root["run"]);
        File.WriteAllText(root["run", "config.json"], text);
        RunException error = Assert.Throws<RunException>(() => RunFolder.Open(root.Path, "run").ReadConfig());
        Assert.StartsWith($"'{root["run", "config.json"]}' is not the configuration of a run: ", error.Message);
        Assert.True(error.Message.Contains(reason), error.Message);
        Assert.EndsWith(". Restore it, or start the run again.", error.Message);
    }

    [Fact]
    public void AConfigurationThatIsDeepLargeNewerOrMissingIsRefused()
    {
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root["run"]);
        RunFolder folder = RunFolder.Open(root.Path, "run");
        Assert.Equal($"'{folder.FullPath}' is not the folder of a run: it has no config.json. Name a folder that 'graft train' made.", Assert.Throws<RunException>(folder.ReadConfig).Message);

        File.WriteAllText(folder.ConfigPath, $"{{\"x\":{new string('[', 100_000)}");
        Assert.Contains("The maximum configured depth of 64 has been exceeded", Assert.Throws<RunException>(folder.ReadConfig).Message);

        File.WriteAllText(folder.ConfigPath, new string(' ', 5_000_000));
        Assert.Equal($"'{folder.ConfigPath}' is not the configuration of a run: it has 5,000,000 bytes, and the most is 4,194,304. Restore it, or start the run again.", Assert.Throws<RunException>(folder.ReadConfig).Message);

        File.WriteAllText(folder.ConfigPath, "{\"format\":2,\"command\":\"c\",\"data\":\"d\",\"trunk\":\"t\",\"mode\":\"m\"}");
        Assert.Equal($"'{folder.ConfigPath}' was written by a newer Graft: its format is 2, and this one reads 1. Use that Graft.", Assert.Throws<RunException>(folder.ReadConfig).Message);
    }

    [Fact]
    public void ARootThatIsAFileIsSaid()
    {
        using TemporaryFolder root = new();
        File.WriteAllText(root["runs"], "");
        RunException error = Assert.Throws<RunException>(() => RunRecorder.Start(TestRuns.Config(), new RunRecorderOptions { Root = root["runs"] }));
        Assert.Equal($"No runs can be kept in '{root["runs"]}': '{root["runs"]}' is a file, not a folder. Name another folder.", error.Message);
        Assert.IsType<IOException>(error.InnerException);
        error = Assert.Throws<RunException>(() => RunFolder.RequireWritable(root["runs", "deep", "er"]));
        Assert.Equal($"No runs can be kept in '{root["runs", "deep", "er"]}': '{root["runs"]}' is a file, not a folder. Name another folder.", error.Message);
        error = Assert.Throws<RunException>(() => RunStore.OpenExisting(root["runs"]));
        Assert.Equal($"There are no runs in '{root["runs"]}': it is a file. Name the folder of the runs.", error.Message);
        Assert.IsType<IOException>(error.InnerException);
        RunFolder.RequireWritable(root["new", "er"]);
        Assert.False(Directory.Exists(root["new"]));
    }

    [Fact]
    public void ARootThatTakesNoFilesIsSaid()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a folder that takes no files from anyone.");
        RunException error = Assert.Throws<RunException>(() => RunRecorder.Start(TestRuns.Config(), new RunRecorderOptions { Root = "/proc/runs" }));
        Assert.Equal("No runs can be kept in '/proc/runs': The folder '/proc' takes no files (the system makes none there). Name another one.", error.Message);
    }
}
