// The smallest application for the checks of dev: answers on $PORT, well at /healthz alone, or ends
// by itself when it is told to die.
// Without net/http, which takes half a minute to compile where nothing is cached.
package main

import (
	"net"
	"os"
	"strings"
)

func main() {
	if len(os.Args) > 1 {
		os.Stdout.WriteString("no database\n")
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	for {
		if connection, err := listener.Accept(); err == nil {
			request := make([]byte, 1000)
			count, _ := connection.Read(request)
			status := "404 Not Found"
			if strings.HasPrefix(string(request[:count]), "GET /healthz ") {
				status = "200 OK"
			}
			rest := "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
			connection.Write([]byte("HTTP/1.1 " + status + rest))
			connection.Close()
		}
	}
}
