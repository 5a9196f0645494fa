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
    [InlineData("", new string[0])]
    [InlineData("path,reason\n", new string[0])]
    public void ListsOfOthersAreRead(string text, string[] expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["list"], text);
        Assert.Equal(expected, ExcludeList.Read(folder["list"]));
    }

    [Fact]
    public void MistakesAreSaid()
    {
        using TemporaryFolder folder = new();
        string list = folder["list"];
        Assert.Equal($"There is no file '{list}'. A list of images to leave out is text with a path on each line, or CSV with a column 'path'.", Assert.Throws<GraftException>(() => ExcludeList.Read(list)).Message);
        File.WriteAllText(list, "path,reason\n\"rose,1\n");
        Assert.Equal($"'{list}' has a quotation mark that is never closed. Quotation marks within a value are written twice.", Assert.Throws<GraftException>(() => ExcludeList.Read(list)).Message);
    }
}
