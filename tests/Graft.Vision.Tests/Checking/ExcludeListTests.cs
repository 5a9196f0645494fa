using Graft.Vision.Checking;

namespace Graft.Vision.Tests.Checking;

public class ExcludeListTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using TemporaryFolder folder = new();
        string[] names = ["rose/1.jpg", "a, b/\"2\".jpg", " spaced .jpg", "花/3.jpg", "two\nlines.jpg"];
        ExcludeList.Write(folder["list.csv"], names.Select(name => new ExcludedImage(name, "a copy of \"it\", again")));
        Assert.Equal(names, ExcludeList.Read(folder["list.csv"]));
        Assert.StartsWith("path,reason\nrose/1.jpg,\"a copy of \"\"it\"\", again\"\n", File.ReadAllText(folder["list.csv"]));
    }

    [Theory]
    [InlineData("rose/1.jpg\r\n\r\n  tulip/2, with a comma.jpg \n", new[] { "rose/1.jpg", "tulip/2, with a comma.jpg" })]
    [InlineData("reason,\"Path\"\r\na copy,rose/1.jpg\r\n\"odd, very\",\"b\"\r\n", new[] { "rose/1.jpg", "b" })]
    [InlineData("path\nrose/1.jpg", new[] { "rose/1.jpg" })]
    [InlineData("path;reason\nrose/1.jpg;a copy\nb;odd\n", new[] { "rose/1.jpg", "b" })]
    [InlineData("path\treason\nrose/1, 2.jpg\ta copy\n", new[] { "rose/1, 2.jpg" })]
    [InlineData("sep=;\nPath;reason\nrose/1.jpg;a copy\n", new[] { "rose/1.jpg" })]
    [InlineData("file,reason\nrose/1.jpg,a copy\n", new[] { "rose/1.jpg" })]
    [InlineData("reason,image\na copy,rose/1.jpg\n", new[] { "rose/1.jpg" })]
    [InlineData("rose/1.jpg\rrose/2.jpg\r", new[] { "rose/1.jpg", "rose/2.jpg" })]
    [InlineData("path,reason\rrose/1.jpg,x\r", new[] { "rose/1.jpg" })]
    [InlineData("path\n#1.jpg\nrose/2.jpg\n", new[] { "#1.jpg", "rose/2.jpg" })]
    [InlineData("#1.jpg\n\"2\" inch.jpg\n", new[] { "#1.jpg", "\"2\" inch.jpg" })]
    [InlineData("", new string[0])]
    [InlineData("path,reason\n", new string[0])]
    public void ListsOfOthersAreRead(string text, string[] expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["list"], text);
        Assert.Equal(expected, ExcludeList.Read(folder["list"]));
    }

    [Fact]
    public void WideTextIsRead()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["list"], "path,reason\n\u82b1/1.jpg,x\n", System.Text.Encoding.Unicode);
        Assert.Equal(["\u82b1/1.jpg"], ExcludeList.Read(folder["list"]));
    }

    [Fact]
    public void WhatIsNoTextOrHasNoEndIsRefused()
    {
        using TemporaryFolder folder = new();
        string list = folder["list"];
        File.WriteAllText(list, "nix.jpg\n../../etc\n\0\n");
        Assert.Equal("'list', row 3: there is a zero byte, which text does not have. Write the file anew, without it.", Assert.Throws<GraftException>(() => ExcludeList.Read(list)).Message);
        string far = new('x', 70_000);
        File.WriteAllText(list, $"{far}\n{far}\na\0b\n");
        Assert.Equal($"'{list}', row 3: there is a zero byte, which text does not have. Write the file anew, without it.", Assert.Throws<GraftException>(() => ExcludeList.Read(list)).Message);
        if (File.Exists("/dev/zero")) Assert.Throws<GraftException>(() => ExcludeList.Read("/dev/zero"));
    }

    [Fact]
    public void MistakesAreSaid()
    {
        using TemporaryFolder folder = new();
        string list = folder["list"];
        Assert.Equal($"There is no file '{list}'. A list of images to leave out is text with a path on each line, or CSV with a column 'path'.", Assert.Throws<GraftException>(() => ExcludeList.Read(list)).Message);
        File.WriteAllText(list, "path,reason\n\"rose,1\n");
        Assert.Equal("'list', row 2: a quote is not closed. Close it; a quote within a quoted cell is written twice.", Assert.Throws<GraftException>(() => ExcludeList.Read(list)).Message);
    }
}
